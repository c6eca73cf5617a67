import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A reader confirms a payment at the bank, by the link in the mail about it.
@Suite struct ConfirmAtBankTests {
    private let page = "https://bank.example/ask"

    /// A book whose one charge waits for its reader since 2026-11-22, and the link in the mail.
    private func waiting(
        _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (
        test: TestBook, pledge: Pledge, processor: ScriptedProcessor, link: String
    ) {
        let test = try await TestBook(newsroom: .ready)
        let pledge = try await test.duePledge(change)
        let processor = test.processor(.needAction())
        try await test.bill(through: processor)
        let mail = try #require(await test.post().first)
        return (test, pledge, processor, try #require(mail.token(of: "bank")))
    }

    private func confirm(
        _ link: String, in test: TestBook, through processor: ScriptedProcessor,
        _ charge: ID<Charge>? = nil
    ) async throws -> ConfirmAtBank.Answer {
        var id = charge
        if id == nil { id = try await test.onlyCharge().id }
        return try await ConfirmAtBank.run(
            try #require(id), by: link, through: Processors([processor]), in: test.context())
    }

    @Test func `the mail's link shows what waits, and leads to the bank's page`() async throws {
        let (test, pledge, processor, link) = try await waiting()
        let shown = try await OpenLink.run(link, in: test.context()).atBank
        let endsOn = try day("2026-12-20")
        #expect(shown.map(\.pledge.id) == [pledge.id] && shown.map(\.endsOn) == [endsOn])
        #expect(processor.visits.isEmpty)
        processor.answerVisits(.needAction(url: page))
        for _ in 1...2 {
            #expect(try await confirm(link, in: test, through: processor) == .askedAt(url: page))
        }
        let visit = try #require(processor.visits.first)
        #expect(visit.returnURL.hasSuffix("/bank/\(link)?from=bank"))
        #expect(visit.remoteID == ScriptedProcessor.remoteID(of: visit.reference))
        #expect(visit.method.token == "tok_planted")
        // What became of it is asked within the hour, although the only message that comes says
        // that it still waits.
        try await test.receive(
            processor.tell(
                .charge(
                    visit.reference, shown[0].charge.amount,
                    ChargeAnswer(.actionNeeded(url: page), remoteID: visit.remoteID))),
            from: processor)
        processor.settle(visit.reference, as: .succeeded(at: test.now, nil))
        try test.moveClock(to: "2026-11-22T12:30:00Z")
        try await test.bill(through: processor)
        #expect(try await test.pledge(pledge.id).state == .active)
        // Whoever clicks once more is told that it is paid.
        #expect(try await confirm(link, in: test, through: processor) == .paid)
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }

    @Test(arguments: [
        (ScriptedProcessor.Reply.succeed, ConfirmAtBank.Answer.paid, ChargeState.succeeded),
        (.accept, .waits, .pending), (.needAction(), .waits, .actionRequired),
        (.needAction(url: "http://bank.example/"), .waits, .actionRequired),
        (.decline("insufficient_funds"), .declined(.insufficientFunds), .declined),
        (.decline("incorrect_number"), .declined(.detailsIncorrect), .declined),
        (.lose(.succeed), .waits, .actionRequired), (.neverArrive, .waits, .actionRequired),
    ])
    func `the reader is told what the bank answered`(
        reply: ScriptedProcessor.Reply, answer: ConfirmAtBank.Answer, state: ChargeState
    ) async throws {
        let (test, _, processor, link) = try await waiting()
        processor.answerVisits(reply)
        #expect(try await confirm(link, in: test, through: processor) == answer)
        #expect(try await test.onlyCharge().state == state)
        let attempt = try await test.attempts(of: test.onlyCharge())[0]
        #expect(attempt.leasedUntil == nil)
        try await expectSound(test)
    }

    @Test func `a payment whose answer was lost is booked soon, and once`() async throws {
        let (test, pledge, processor, link) = try await waiting()
        processor.answerVisits(.lose(.succeed))
        #expect(try await confirm(link, in: test, through: processor) == .waits)
        processor.answerVisits(.needAction(url: page))
        #expect(try await confirm(link, in: test, through: processor) == .paid)
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 1)
        #expect(try await test.mails(of: .receipt) == 1)
    }

    @Test func `two clicks at once make one visit`() async throws {
        let (test, _, processor, link) = try await waiting()
        let charge = try await test.onlyCharge()
        let attempt = try await test.attempts(of: charge)[0]
        let now = test.now
        #expect(
            try await test.book.write {
                try $0.lease(attempt, until: now.adding(seconds: 60), at: now)
            })
        #expect(try await confirm(link, in: test, through: processor) == .waits)
        #expect(processor.visits.isEmpty)
    }

    @Test func `only the reader's own link confirms, and not on a held book`() async throws {
        let (test, _, processor, link) = try await waiting()
        _ = try await test.duePledge { $0.email = "other@example.org" }
        try await test.bill(through: processor)
        let own = try await OpenLink.run(link, in: test.context()).atBank.map(\.charge.id)
        let foreign = try #require(try await test.charges().first { !own.contains($0.id) })
        await expectRefusal(.notFound) {
            _ = try await confirm(link, in: test, through: processor, foreign.id)
        }
        await expectRefusal(.notFound) {
            _ = try await confirm("none", in: test, through: processor, own[0])
        }
        let copy = try await test.copy()
        _ = try await test.sendReminders()
        await expectRefusal(.notPermitted) {
            _ = try await confirm(link, in: copy, through: processor, own[0])
        }
        #expect(processor.visits.isEmpty)
    }

    @Test func `what is not wanted as it was is not confirmed`() async throws {
        let (test, pledge, processor, link) = try await waiting { $0.country = "RU" }
        try await test.setPolicy(.refuse, for: "RU")
        #expect(try await confirm(link, in: test, through: processor) == .over)
        try await test.setPolicy(.allow, for: "RU")
        _ = try await ChangePledge.run(pledge.id, .init(amount: "3.00"), in: test.context())
        #expect(try await confirm(link, in: test, through: processor) == .over)
        #expect(try await OpenLink.run(link, in: test.context()).atBank.isEmpty)
        #expect(processor.visits.isEmpty)
        // The former amount is called off at the bank, and the present one is tried.
        processor.answer(.succeed)
        try await test.bill(through: processor)
        #expect(processor.withdrawals.count == 1)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.amount.minorUnits == 300)
        try await expectSound(test)
    }

    @Test(arguments: [
        ("2026-11-22", Interval.month), ("2026-12-15", .month), ("2026-11-24", .once),
    ])
    func `a lower amount is tried at once, however late, and the reader is asked anew`(
        date: String, interval: Interval
    ) async throws {
        let (test, pledge, processor, _) = try await waiting {
            $0.interval = interval
            if interval == .once { $0.state = .pending }
        }
        try test.moveClock(to: "\(date)T13:00:00Z")
        try await test.bill(through: processor)
        _ = try await ChangePledge.run(pledge.id, .init(amount: "3.00"), in: test.context())
        try await test.bill(through: processor)
        #expect(processor.withdrawals.count == 1)
        #expect(processor.orders.map(\.amount.minorUnits) == [500, 300])
        let mail = try #require(try await test.post().last)
        let link = try #require(mail.token(of: "bank"))
        #expect(mail.body.contains("$3"))
        processor.answerVisits(.succeed)
        #expect(try await confirm(link, in: test, through: processor) == .paid)
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 300)
        try await expectSound(test)
    }

    @Test(arguments: [true, false])
    func `who leaves or rests before the processor's message is applied is withdrawn all the same`(
        hasLeft: Bool
    ) async throws {
        let (test, pledge, processor, _) = try await waiting()
        let charge = try await test.onlyCharge()
        let reference = test.reference(of: charge)
        processor.tell(
            .charge(
                reference, charge.amount,
                ChargeAnswer(
                    .actionNeeded(url: nil), remoteID: ScriptedProcessor.remoteID(of: reference))))
        if hasLeft {
            _ = try await CancelPledge.run(
                pledge.id, .init(reason: .mistake, by: .supporter), in: test.context())
        } else {
            _ = try await PausePledge.run(
                pledge.id, until: day("2027-02-01"), in: test.context())
        }
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.withdrawals.count == 1)
        #expect(try await test.attempts(of: charge).map(\.state) == [.declined])
        try await test.bill(through: processor, on: "2026-11-24")
        #expect(processor.withdrawals.count == 1)
        try await expectSound(test)
    }

    @Test func `a card that comes late leaves a week to confirm, and the mail says so`()
        async throws
    {
        let test = try await TestBook(newsroom: .ready)
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try test.moveClock(to: "2026-12-19T12:00:00Z")
        _ = try await ReplacePaymentMethod.run(
            try #require(pledge.paymentMethodID), with: MethodInput(token: "tok_new"),
            in: test.context())
        processor.answer(.needAction())
        try await test.bill(through: processor)
        let mail = try #require(try await test.post().last)
        #expect(mail.body.contains("26 December 2026"))
        let link = try #require(mail.token(of: "bank"))
        try await test.bill(through: processor, on: "2026-12-25")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        #expect(try await OpenLink.run(link, in: test.context()).atBank.count == 1)
        try await test.bill(through: processor, on: "2026-12-26")
        #expect(processor.withdrawals.count == 1)
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        try await expectSound(test)
    }

    @Test func `a newer pledge of another kind does not silence the bank's question`()
        async throws
    {
        let test = try await TestBook(newsroom: .ready)
        let planted = try await test.plantDue()
        _ = try await test.plantSecondPledge(of: planted, in: .active)
        let old = try #require(planted.pledge)
        let processor = test.processor(.succeed)
        processor.answer { $0.reference.pledgeID == old.id ? .needAction() : .succeed }
        try await test.bill(through: processor)
        #expect(try await test.pledge(old.id).state == .pastDue)
        #expect(try await test.post().contains { $0.token(of: "bank") != nil })
    }

    @Test func `whose bank is not asked in time is withdrawn first, and ends on the day named`()
        async throws
    {
        let (test, pledge, processor, link) = try await waiting()
        try await test.bill(through: processor, on: "2026-12-19")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        #expect(processor.withdrawals.isEmpty)
        try test.moveClock(to: "2026-12-20T00:30:00Z")
        #expect(try await confirm(link, in: test, through: processor) == .over)
        try await test.bill(through: processor)
        #expect(processor.withdrawals.count == 1)
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        #expect(try await test.onlyCharge().state == .cancelled)
        try await expectSound(test)
    }

    @Test func `what was confirmed unheard is booked instead of given up`() async throws {
        let (test, pledge, processor, _) = try await waiting()
        let reference = try await test.reference(of: test.onlyCharge())
        try await test.bill(through: processor, on: "2026-12-18")
        processor.settle(reference, as: .succeeded(at: test.now, nil))
        processor.isSearchDown = true
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        processor.isSearchDown = false
        try await test.bill(through: processor, on: "2026-12-21")
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `a processor that is gone for good keeps no pledge open for ever`() async throws {
        let (test, pledge, processor, _) = try await waiting()
        processor.isDown = true
        for day in ["2026-12-20", "2026-12-21", "2026-12-22"] {
            try await test.bill(through: processor, on: day)
        }
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        processor.isDown = false
        processor.isSearchDown = true
        for day in ["2026-12-23", "2026-12-24"] {
            try await test.bill(through: processor, on: day)
        }
        #expect(try await test.pledge(pledge.id).state == .lapsed)
        #expect(try await test.onlyCharge().state == .closed)
        try await expectSound(test)
    }

    @Test func `a one-off waits as long, not eight hours`() async throws {
        let (test, pledge, processor, link) = try await waiting {
            $0.interval = .once
            $0.state = .pending
        }
        try await test.bill(through: processor, on: "2026-12-10")
        #expect(try await test.pledge(pledge.id).state == .pending)
        #expect(try await OpenLink.run(link, in: test.context()).atBank.count == 1)
        processor.answerVisits(.succeed)
        #expect(try await confirm(link, in: test, through: processor) == .paid)
        #expect(try await test.pledge(pledge.id).state == .completed)
        try await expectSound(test)
    }

    @Test func `a one-off that nobody confirms is withdrawn and abandoned on that day`()
        async throws
    {
        let (test, pledge, processor, _) = try await waiting {
            $0.interval = .once
            $0.state = .pending
        }
        try await test.bill(through: processor, on: "2026-12-19")
        #expect(try await test.pledge(pledge.id).state == .pending)
        try await test.bill(through: processor, on: "2026-12-20")
        #expect(processor.withdrawals.count == 1)
        #expect(try await test.pledge(pledge.id).state == .abandoned)
        try await expectSound(test)
    }
}
