import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Payments that arrived another way.
@Suite struct RecordPaymentTests {
    private let note = "bank transfer of Monday"

    private func record(
        _ pledge: Pledge, amount: String? = nil, on day: String? = nil, note: String? = nil,
        isSecond: Bool = false, in test: TestBook
    ) async throws -> Charge {
        let paidOn = try day.map { try #require(CivilDate($0)) }
        return try await RecordPayment.run(
            .init(
                pledgeID: pledge.id, amount: amount, paidOn: paidOn, note: note ?? self.note,
                isSecond: isSecond),
            in: test.context())
    }

    /// A book whose one charge got that reply.
    private func charged(
        _ reply: ScriptedProcessor.Reply, _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (test: TestBook, pledge: Pledge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        let pledge = try await test.duePledge(change)
        let processor = test.processor(reply)
        try await test.bill(through: processor)
        return (test, pledge, processor)
    }

    // MARK: The next period

    @Test func `it pays for the next period, which is not collected any more`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let charge = try await record(pledge, in: test)
        #expect(charge.state == .succeeded && charge.firstPeriod == 1 && charge.attempts == 0)
        #expect(charge.amount == pledge.amount && charge.dueOn == CivilDate("2026-11-22"))
        #expect(charge.paidAt == test.now && charge.note == note)
        #expect(charge.processor == nil && charge.remoteID == nil)
        let paid = try await test.pledge(pledge.id)
        #expect(paid.state == .active && paid.nextPeriod == 2 && paid.chargesSucceeded == 1)
        #expect(paid.nextChargeOn == CivilDate("2026-12-22"))
        #expect(paid.lastChargedOn == CivilDate("2026-11-22"))
        #expect(paid.totalGiven.minorUnits == 500)
        #expect(try await test.history(of: charge.id.text) == ["charge.succeeded"])
        #expect(try await test.mails(of: .receipt) == 1)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2026-12-22", at: processor)
        #expect(days == ["2026-12-22"])
        try await expectSound(test)
    }

    /// The pause is from 22 December to 22 March.
    @Test(arguments: [
        (payments: 0, resumes: true, "2026-12-22"), (payments: 1, resumes: true, "2027-01-22"),
        (payments: 2, resumes: true, "2027-02-22"), (payments: 1, resumes: false, "2027-03-22"),
        (payments: 4, resumes: false, "2027-04-22"),
    ])
    func `during a pause it pays for what was due, and the end of the pause stays`(
        payments: Int, resumes: Bool, next: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.nextChargeOn = "2026-12-22" }
        _ = try await PausePledge.run(pledge.id, until: day("2027-03-22"), in: test.context())
        for _ in 0..<payments { _ = try await record(pledge, isSecond: true, in: test) }
        if resumes {
            let resumed = try await ResumePledge.run(pledge.id, in: test.context())
            #expect(resumed.nextChargeOn == CivilDate(next))
        }
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-12-20", through: next, at: processor)
        #expect(days == [next])
        #expect(try await test.charges().first?.dueOn == CivilDate("2026-12-22"))
        try await expectSound(test)
    }

    @Test func `a recorded payment does not change the terms`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        _ = try await record(pledge, amount: "1", in: test)
        let lowered = try await ChangePledge.run(
            pledge.id, .init(amount: "4"), in: test.context())
        #expect(!lowered.needsNotice)
    }

    @Test func `it may come before the day, and more or less than was pledged`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.startedOn, $0.nextChargeOn) = ("2026-01-15", "2026-12-15")
        }
        let charge = try await record(pledge, amount: "7.50", in: test)
        #expect(charge.amount.minorUnits == 750 && charge.dueOn == CivilDate("2026-12-15"))
        let paid = try await test.pledge(pledge.id)
        #expect(paid.totalGiven.minorUnits == 750 && paid.amount == pledge.amount)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-12-14", through: "2027-01-15", at: processor)
        #expect(days == ["2027-01-15"])
        #expect(processor.orders.map(\.amount) == [pledge.amount])
        try await expectSound(test)
    }

    @Test func `it pays for all months that are collected in advance`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.collectEvery = 3 }
        let charge = try await record(pledge, in: test)
        #expect(charge.periodCount == 3 && charge.amount.minorUnits == 1_500)
        let paid = try await test.pledge(pledge.id)
        #expect(paid.nextPeriod == 4 && paid.nextChargeOn == CivilDate("2027-02-22"))
        try await expectSound(test)
    }

    @Test func `recorded once more it pays for the period after: none is paid twice`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        _ = try await record(pledge, in: test)
        _ = try await record(pledge, isSecond: true, in: test)
        #expect(try await test.charges(of: pledge).map(\.firstPeriod) == [1, 2])
        let paid = try await test.pledge(pledge.id)
        #expect(paid.nextChargeOn == CivilDate("2027-01-22") && paid.chargesSucceeded == 2)
        try await expectSound(test)
    }

    @Test func `a first payment makes a pledge active`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        _ = try await record(pledge, in: test)
        #expect(try await test.pledge(pledge.id).state == .active)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.isEmpty)
        try await expectSound(test)
    }

    @Test func `a single payment is complete with it, and is not taken twice`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register { $0.interval = .once }.pledge
        _ = try await record(pledge, in: test)
        #expect(try await test.pledge(pledge.id).state == .completed)
        #expect(try await test.methods().map(\.secret) == [nil])
        let message = await expectRefusal(.conflict) { try await record(pledge, in: test) }
        #expect(message == over(.completed))
        #expect(try await test.charges().count == 1)
        try await expectSound(test)
    }

    @Test func `what the reader may still pay at the bank's page is not paid another way`()
        async throws
    {
        let (test, pledge, _) = try await charged(.needAction())
        let message = await expectRefusal(.conflict) { try await record(pledge, in: test) }
        #expect(message.contains("pledge pause"))
        #expect(try await test.onlyCharge().state == .actionRequired)
    }

    // MARK: A charge that failed

    @Test(arguments: [
        ScriptedProcessor.Reply.decline("insufficient_funds"), .decline("lost_card"),
    ])
    func `a charge that failed is paid by it, and dunning ends`(
        reply: ScriptedProcessor.Reply
    ) async throws {
        let (test, pledge, processor) = try await charged(reply)
        let failed = try await test.onlyCharge()
        let charge = try await record(pledge, in: test)
        #expect(charge.id == failed.id && charge.state == .succeeded && charge.reason == nil)
        #expect(charge.processor == nil && charge.nextStepAt == nil && charge.note == note)
        let paid = try await test.pledge(pledge.id)
        #expect(paid.state == .active && paid.nextPeriod == 2 && paid.chargesSucceeded == 1)
        #expect(try await test.history(of: charge.id.text).last == "charge.succeeded")
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-20", at: processor)
        #expect(none.isEmpty)
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `it pays a charge that a policy holds`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.country = "RU" }
        try await test.setPolicy(.refuse, for: "RU")
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(try await test.onlyCharge().state == .held)
        #expect(try await record(pledge, in: test).state == .succeeded)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.orders.isEmpty)
        try await expectSound(test)
    }

    @Test func `a payment of another amount than the open charge is refused`() async throws {
        let (test, pledge, _) = try await charged(.decline("insufficient_funds"))
        let open = try await test.onlyCharge()
        let message = await expectRefusal(.conflict, field: .amount) {
            try await record(pledge, amount: "4.00", in: test)
        }
        #expect(message.contains("5.00 USD"))
        #expect(try await test.onlyCharge() == open)
        #expect(try await record(pledge, amount: "5.00", in: test).state == .succeeded)
    }

    @Test(arguments: [
        ScriptedProcessor.Reply.neverArrive, .lose(.succeed), .accept,
    ])
    func `while nobody knows whether the processor took it, none is recorded`(
        reply: ScriptedProcessor.Reply
    ) async throws {
        let (test, pledge, _) = try await charged(reply)
        let doubtful = try await test.onlyCharge()
        let message = await expectRefusal(.conflict) { try await record(pledge, in: test) }
        #expect(message.contains("may have taken the money too"))
        #expect(try await test.onlyCharge() == doubtful)
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 0)
    }

    // MARK: What is refused

    @Test(arguments: [PledgeState.cancelled, .lapsed, .abandoned, .completed])
    func `a pledge that is over takes no payment`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let message = await expectRefusal(.conflict) { try await record(pledge, in: test) }
        #expect(message == over(state))
        #expect(try await test.charges().isEmpty)
    }

    @Test func `a like payment within 25 days is refused unless it is meant`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let first = try await record(pledge, on: "2026-11-20", in: test)
        for day in ["2026-10-26", "2026-11-20", "2026-11-22"] {
            let message = await expectRefusal(.conflict, field: .isSecond) {
                try await record(pledge, on: day, in: test)
            }
            #expect(message.contains(first.id.text))
        }
        // Another amount, or a day further off, is another payment.
        _ = try await record(pledge, amount: "4.00", on: "2026-11-20", in: test)
        _ = try await record(pledge, on: "2026-10-25", in: test)
        _ = try await record(pledge, on: "2026-11-20", isSecond: true, in: test)
        #expect(try await test.charges(of: pledge).count == 4)
        try await expectSound(test)
    }

    @Test func `a payment by card is not like one that came another way`() async throws {
        let (test, charge, _) = try await TestBook.charged()
        let pledge = try await test.pledge(charge.pledgeID)
        _ = try await record(pledge, in: test)
        #expect(try await test.charges().count == 2)
    }

    @Test(arguments: ["50000.01", "90000000000000.00"])
    func `more than anybody can give is refused`(amount: String) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        await expectRefusal(.invalid, field: .amount) {
            try await record(pledge, amount: amount, in: test)
        }
        #expect(try await record(pledge, amount: "50000.00", in: test).state == .succeeded)
        try await expectSound(test)
    }

    @Test(arguments: ["0", "0.00", "-5.00", "5,00", "5.001", "five", ""])
    func `what is no amount is refused`(amount: String) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        await expectRefusal(.invalid, field: .amount) {
            try await record(pledge, amount: amount, in: test)
        }
        #expect(try await test.charges().isEmpty)
        #expect(try await test.pledge(pledge.id) == pledge)
    }

    @Test(arguments: ["", "card \(cardNumber)", String(repeating: "a", count: 2_001)])
    func `without a note that can be kept nothing is recorded`(note: String) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        await expectRefusal(.invalid, field: .note) {
            try await record(pledge, note: note, in: test)
        }
        #expect(try await test.charges().isEmpty)
    }

    @Test func `the note is sealed: its text stands in no file`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        _ = try await record(pledge, in: test)
        #expect(try await test.onlyCharge().note == note)
        #expect(try !test.fileHolds(note))
    }

    @Test func `an unknown pledge id is refused`() async throws {
        let test = try await TestBook()
        await expectRefusal(.notFound) {
            try await RecordPayment.run(
                .init(pledgeID: ID(bits: 1), note: note), in: test.context())
        }
    }

    // MARK: When

    @Test func `a day before today counts from its noon, and today from this moment`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        test.now = test.now.adding(hours: 3)
        let charge = try await record(pledge, on: "2026-11-20", in: test)
        #expect(charge.paidAt == Instant(rfc3339: "2026-11-20T12:00:00Z"))
        #expect(try await test.pledge(pledge.id).lastChargedOn == CivilDate("2026-11-20"))
        let second = try await record(pledge, on: "2026-11-22", isSecond: true, in: test)
        #expect(second.paidAt == test.now)
        #expect(try await test.pledge(pledge.id).lastChargedOn == CivilDate("2026-11-22"))
    }

    @Test func `a day long before the pledge is refused`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.startedOn = "2026-10-22" }
        let message = await expectRefusal(.invalid, field: .paidOn) {
            try await record(pledge, on: "2026-09-21", in: test)
        }
        #expect(message.contains("2026-09-22"))
        _ = try await record(pledge, on: "2026-09-22", in: test)
    }

    @Test func `a payment of tomorrow is refused, by the newsroom's own day`() async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Pacific/Auckland"
        let test = try await TestBook(newsroom: newsroom)
        let pledge = try await test.duePledge()
        await expectRefusal(.invalid, field: .paidOn) {
            try await record(pledge, on: "2026-11-24", in: test)
        }
        #expect(try await record(pledge, on: "2026-11-23", in: test).paidAt == test.now)
    }
}
