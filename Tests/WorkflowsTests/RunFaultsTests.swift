import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Whose fault it is when a processor refuses a request about one reader's token or amount.
@Suite struct RunFaultsTests {
    /// A book with `count` due pledges, whose processor lacks the tokens of the first `missing`.
    private func book(
        _ count: Int, missing: Int
    ) async throws -> (test: TestBook, wrong: [Pledge], processor: ScriptedProcessor) {
        let test = try await TestBook()
        let pledges = try await test.plantDue(count)
        let wrong = Array(pledges.prefix(missing))
        let processor = test.processor(.succeed)
        processor.answer { order in
            wrong.contains { $0.id == order.reference.pledgeID }
                ? .decline("resource_missing") : .succeed
        }
        return (test, wrong, processor)
    }

    @Test func `broken tokens among many are their readers' affair`() async throws {
        let (test, wrong, processor) = try await book(60, missing: 6)
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.succeeded == 54 && summary.charged.declined == 6)
        #expect(summary.failure == nil && summary.stopped.isEmpty)
        for pledge in wrong {
            let charge = try #require(await test.charges(of: pledge).first)
            #expect(charge.state == .declined && charge.reason == "resource_missing")
            #expect(charge.nextStepAt == nil)
            #expect(try await test.pledge(pledge.id).state == .pastDue)
            #expect(try await test.method(of: pledge).state == .active)
            #expect(
                try await test.history(of: charge.id.text) == [
                    "charge.submitted", "charge.held", "charge.declined",
                ])
        }
        #expect(try await test.openAttention().isEmpty)
        // Their readers are asked for another method, and nothing is tried before that.
        _ = try await SendReminders.run(in: test.context())
        #expect(try await test.mails(of: .chargeFailed) == 6)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-10", at: processor)
        #expect(days.isEmpty)
        try await expectSound(test)
    }

    @Test(arguments: [(1, 1), (3, 3), (5, 3)])
    func `tokens that are mostly missing are the account's fault`(
        count: Int, missing: Int
    ) async throws {
        let (test, wrong, processor) = try await book(count, missing: missing)
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 0 && summary.charged.held == missing)
        #expect(
            summary.failure?.contains("\(missing) of \(count) tokens are missing") == true)
        for pledge in wrong {
            #expect(try await test.charges(of: pledge).map(\.state) == [.held])
            #expect(try await test.pledge(pledge.id).state == .active)
        }
        #expect(try await test.openAttention().map(\.kind) == [.keyRefused])
        _ = try await SendReminders.run(in: test.context())
        #expect(try await test.mails(of: .chargeFailed) == 0)
        // They are tried again on the next day, not each minute.
        try await test.bill(through: processor)
        #expect(processor.orders.count == count)
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(try await test.charges().allSatisfy { $0.state == .succeeded })
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    @Test func `a decline by the bank shows that the key is right`() async throws {
        let (test, wrong, processor) = try await book(9, missing: 1)
        processor.answer { order in
            order.reference.pledgeID == wrong[0].id
                ? .decline("resource_missing") : .decline("insufficient_funds")
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 9 && summary.failure == nil)
    }

    @Test func `the attention stays while charges are held for it`() async throws {
        let (test, wrong, processor) = try await book(3, missing: 3)
        try await test.bill(through: processor)
        try await test.plantDue { $0.email = "new@example.org" }
        #expect(try await test.bill(through: processor).charged.succeeded == 1)
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.keyRefused] && open[0].detail == "3 of 3 tokens are missing")
        for pledge in wrong {
            _ = try await CancelPledge.run(
                pledge.id, .init(reason: .other, by: .staff), in: test.context())
        }
        try await test.plantDue { $0.email = "newer@example.org" }
        try await test.bill(through: processor)
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    @Test func `half of the tokens may be missing`() async throws {
        let (test, _, processor) = try await book(2, missing: 1)
        #expect(try await test.bill(through: processor).charged.declined == 1)
    }

    /// A book whose one reader paid in November, and whose token is missing in December.
    private func gone() async throws -> (
        test: TestBook, charge: Charge, processor: ScriptedProcessor
    ) {
        let (test, charge, processor) = try await TestBook.charged()
        processor.answer(.decline("resource_missing"))
        try test.moveClock(to: "2026-12-22T12:00:00Z")
        return (test, charge, processor)
    }

    @Test func `a lone missing token is its reader's affair where the account has their payments`()
        async throws
    {
        let (test, charge, processor) = try await gone()
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.declined == 1 && summary.failure == nil)
        #expect(try await test.pledge(charge.pledgeID).state == .pastDue)
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    @Test func `where the account lacks a reader's former payment, it is another account`()
        async throws
    {
        let (test, charge, processor) = try await gone()
        // New readers' tokens are of the new account, and succeed there.
        for number in 0..<5 {
            try await test.plantDue {
                ($0.email, $0.state) = ("new\(number)@example.org", .pending)
                ($0.startedOn, $0.nextChargeOn) = ("2026-12-22", "2026-12-22")
            }
        }
        processor.answer { order in
            order.reference.pledgeID == charge.pledgeID ? .decline("resource_missing") : .succeed
        }
        processor.lose(try #require(charge.remoteID))
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.succeeded == 5 && summary.charged.held == 1)
        #expect(summary.failure?.contains("1 of 6 tokens are missing") == true)
        #expect(try await test.pledge(charge.pledgeID).state == .active)
        #expect(try await test.openAttention().map(\.kind) == [.keyRefused])
        try await expectSound(test)
    }

    @Test func `once the key is mended, what it held is tried at once`() async throws {
        let (test, charge, processor) = try await gone()
        processor.isSearchDown = true
        #expect(try await test.bill(through: processor).failure != nil)
        processor.isSearchDown = false
        processor.answer(.succeed)
        #expect(try await test.bill(through: processor).retried.succeeded == 1)
        #expect(try await test.charges().allSatisfy { $0.state == .succeeded })
        #expect(try await test.pledge(charge.pledgeID).chargesSucceeded == 2)
        #expect(try await test.openAttention().isEmpty)
        try await expectSound(test)
    }

    @Test func `a first charge whose token is missing is decided at the end of the run, too`()
        async throws
    {
        let test = try await TestBook()
        let pledges = try await test.plantDue(3)
        let new = try await test.duePledge { ($0.email, $0.state) = ("new@example.org", .pending) }
        let processor = test.processor(.succeed)
        processor.answer { order in
            order.reference.pledgeID == new.id ? .decline("resource_missing") : .succeed
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.succeeded == pledges.count && summary.charged.declined == 1)
        #expect(try await test.charges(of: new).map(\.reason).last == "resource_missing")
        try await expectSound(test)
    }

    @Test(arguments: ["amount_too_small", "amount_too_large", "request_refused"])
    func `an impossible charge is held and told to the newsroom, not to the reader`(
        code: String
    ) async throws {
        let test = try await TestBook()
        let pledges = try await test.plantDue(3)
        let processor = test.processor(.succeed)
        processor.answer { order in
            order.reference.pledgeID == pledges[0].id ? .decline(code) : .succeed
        }
        let summary = try await test.bill(through: processor)
        #expect(summary.charged.succeeded == 2 && summary.charged.held == 1)
        #expect(summary.failure == nil)
        let charge = try #require(await test.charges(of: pledges[0]).first)
        #expect(charge.state == .held && charge.reason == code)
        #expect(try await test.pledge(pledges[0].id).state == .active)
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.chargeImpossible] && open[0].subject == charge.id.text)
        _ = try await SendReminders.run(in: test.context())
        #expect(try await test.mails(of: .chargeFailed) == 0)
        // It is tried daily, and given up with the period.
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2026-12-21", at: processor)
        #expect(days.count == 15 && days.last == "2026-12-07")
        #expect(try await test.charges(of: pledges[0]).map(\.state) == [.skipped])
        #expect(try await test.openAttention().map(\.kind) == [.periodSkipped])
        try await expectSound(test)
    }
}
