import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A reader whose charge failed gives again: they must not pay twice for ever, nor lose a pledge
/// that is somebody else's.
@Suite struct GivingAgainTests {
    /// A pledge whose charge of 22 November failed, and a new one of the same address, of
    /// 24 November and paid.
    private struct Again {
        let test: TestBook
        let old: Pledge
        let new: Pledge
        let processor: ScriptedProcessor

        init(
            token: String = "tok_new", failing answer: ScriptedProcessor.Reply? = nil,
            _ change: (inout RegisterPledge.Request) -> Void = { _ in }
        ) async throws {
            test = try await TestBook(newsroom: .ready)
            old = try await test.duePledge { $0.token = "tok_old" }
            processor = test.processor(answer ?? .decline("insufficient_funds"))
            try await test.bill(through: processor)
            try test.moveClock(to: "2026-11-24T12:00:00Z")
            let request = RegisterPledge.Request.monthly {
                $0.amount = "7.00"
                $0.method = MethodInput(token: token)
                change(&$0)
            }
            new = try await RegisterPledge.run(request, in: test.context())
            processor.answer { order in
                order.method.token == "tok_old" && order.amount.minorUnits == 500
                    ? .decline("insufficient_funds") : .succeed
            }
            try await test.bill(through: processor)
            try #require(try await test.pledge(new.id).chargesSucceeded == 1)
        }

        func bill(through day: String) async throws -> [String] {
            try await test.daysOfOrders(from: "2026-11-25", through: day, at: processor)
        }

        func state() async throws -> PledgeState { try await test.pledge(old.id).state }

        /// The token of the link in the question.
        func link() async throws -> String {
            let mails = try await test.post()
            let question = try #require(
                mails.first { $0.body.contains("Thank you for giving again") })
            return try #require(question.token(of: "manage"))
        }
    }

    @Test func `the same card: what failed ends with the new pledge's first payment`()
        async throws
    {
        let again = try await Again(token: "tok_old")
        let old = try await again.test.pledge(again.old.id)
        #expect(old.state == .cancelled)
        #expect(old.cancellation == Cancellation(reason: .duplicate, by: .supporter))
        #expect(try await again.test.charges(of: old).map(\.state) == [.cancelled])
        #expect(try await again.bill(through: "2026-12-23") == [])
        let bodies = try await again.test.post().map { $0.body.replacing("=\r\n", with: "") }
        let receipt = try #require(bodies.first { $0.contains("$7") })
        #expect(receipt.contains("$5, the last of which had failed, have ended"))
        #expect(try await again.test.mails(of: .bothOrOne) == 0)
        try await expectSound(again.test)
    }

    @Test func `a payment that waits at the bank is withdrawn before the reader is asked`()
        async throws
    {
        let again = try await Again(failing: .needAction())
        try await again.test.bill(through: again.processor)
        #expect(again.processor.withdrawals.count == 1)
        let charge = try #require(try await again.test.charges(of: again.old).first)
        #expect(charge.state == .held && charge.awaitsAnswer)
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        _ = try await again.link()
        #expect(try await again.bill(through: "2026-12-10") == [])
        #expect(try await again.state() == .cancelled)
        try await expectSound(again.test)
    }

    @Test func `another card: its charge is held and one mail asks; unanswered, the old one ends`()
        async throws
    {
        let again = try await Again()
        #expect(try await again.state() == .pastDue)
        let charge = try #require(try await again.test.charges(of: again.old).first)
        #expect(charge.state == .held && charge.reason == "gaveAgain")
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        // The days count from the mail, not from the hold.
        try again.test.moveClock(to: "2026-11-26T12:00:00Z")
        let question = try #require(
            try await again.test.post().first { $0.body.contains("giving again") })
        #expect(question.body.contains("3 December"))
        #expect(try await again.bill(through: "2026-12-02") == [])
        #expect(try await again.state() == .pastDue)
        #expect(try await again.bill(through: "2026-12-23") == [])
        #expect(try await again.state() == .cancelled)
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        #expect(try await again.test.mails(of: .chargeFailed) == 0)
        #expect(try await again.test.pledge(again.new.id).state == .active)
        try await expectSound(again.test)
    }

    @Test func `whoever rests meanwhile is not asked again, however soon mails are forgotten`()
        async throws
    {
        let again = try await Again()
        _ = try await again.link()
        try again.test.moveClock(to: "2026-11-26T12:00:00Z")
        _ = try await PausePledge.run(
            again.old.id, until: try #require(CivilDate("2027-01-10")), in: again.test.context())
        try again.test.moveClock(to: "2027-01-12T12:00:00Z")
        _ = try await again.test.retain { $0.mailDays = 1 }
        // It resumes on the 22nd, fails again, and is dunned like any other.
        _ = try await again.test.daysOfOrders(
            from: "2027-01-21", through: "2027-01-30", at: again.processor)
        #expect(try await again.state() == .pastDue)
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        #expect(try await again.test.post().allSatisfy { !$0.body.contains("giving again") })
        try await expectSound(again.test)
    }

    @Test func `whoever keeps both is not asked again, and the failed charge is tried`()
        async throws
    {
        let again = try await Again()
        let link = try await again.link()
        let view = try await OpenLink.run(link, in: again.test.context())
        #expect(view.askedAbout == [again.old.id])
        #expect(
            try await KeepBothPledges.run(again.old.id, by: link, in: again.test.context()))
        #expect(try await OpenLink.run(link, in: again.test.context()).askedAbout.isEmpty)
        // Declined once more, it is tried again on its days, and nobody asks.
        let days = try await again.bill(through: "2026-12-10")
        #expect(days.first == "2026-11-25" && days.count > 1)
        // Whoever keeps both is told of failures again.
        _ = try await SendReminders.run(in: again.test.context())
        #expect(try await again.state() == .pastDue)
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        try await expectSound(again.test)
    }

    @Test func `while the question waits in the queue, nothing ends`() async throws {
        let again = try await Again()
        #expect(try await again.bill(through: "2026-12-10") == [])
        #expect(try await again.state() == .pastDue)
        _ = try await again.test.post()
        #expect(try await again.bill(through: "2026-12-20") == [])
        #expect(try await again.state() == .cancelled)
    }

    @Test func `it is remembered that a question was asked while its pledge is past due`()
        async throws
    {
        let again = try await Again()
        _ = try await again.test.post()
        again.test.now = again.test.now.adding(days: 40)
        _ = try await RunRetention.run(isDryRun: false, in: again.test.context())
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        try await again.test.bill(through: again.processor)
        #expect(try await again.state() == .cancelled)
        _ = try await RunRetention.run(isDryRun: false, in: again.test.context())
        #expect(try await again.test.mails(of: .bothOrOne) == 0)
    }

    @Test func `a question that cannot be delivered is closed in time`() async throws {
        let again = try await Again()
        try await SuppressAddress.run(
            "reader@example.org", .all, .bounce, in: again.test.context())
        _ = try await again.test.post()
        #expect(try await again.bill(through: "2026-12-02") == [])
        #expect(try await again.state() == .cancelled)
    }

    @Test func `money that comes while the question is open is kept, and the old one ends`()
        async throws
    {
        let again = try await Again()
        let charge = try #require(try await again.test.charges(of: again.old).first)
        try await again.test.receive(
            again.processor.tell(
                .charge(
                    again.test.reference(of: charge), charge.amount,
                    ChargeAnswer(.succeeded(at: again.test.now, nil), remoteID: "late"))),
            from: again.processor)
        let old = try await again.test.pledge(again.old.id)
        #expect(old.state == .cancelled && old.totalGiven.minorUnits == 500)
        // The question is not asked any more.
        #expect(try await !again.test.post().contains { $0.body.contains("giving again") })
        #expect(try await again.bill(through: "2026-12-23") == [])
        try await expectSound(again.test)
    }

    @Test func `what a person records for the old one while it is asked keeps it`() async throws {
        let again = try await Again()
        _ = try await RecordPayment.run(
            .init(pledgeID: again.old.id, note: "in cash"), in: again.test.context())
        #expect(try await again.state() == .active)
        try await expectSound(again.test)
    }

    @Test func `while the new one's first charge is under way, the old one is not tried`()
        async throws
    {
        let test = try await TestBook(newsroom: .ready)
        let old = try await test.duePledge { $0.token = "tok_old" }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try test.moveClock(to: "2026-11-23T08:00:00Z")
        let new = try await RegisterPledge.run(
            .monthly {
                $0.method = MethodInput(token: "tok_new")
                $0.isSecond = true
            }, in: test.context())
        processor.answer { order in
            order.reference.pledgeID == new.id ? .accept : .succeed
        }
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-11-27", at: processor)
        #expect(days == ["2026-11-23"])
        #expect(processor.orders.last?.reference.pledgeID == new.id)
        let charge = try #require(try await test.charges(of: new).first)
        let reference = test.reference(of: charge)
        processor.settle(reference, as: .succeeded(at: test.now, nil))
        try await test.bill(through: processor, on: "2026-11-28")
        #expect(try await test.mails(of: .bothOrOne) == 1)
        #expect(try await test.pledge(old.id).state == .pastDue)
        #expect(processor.orders.count == 2)
        try await expectSound(test)
    }

    @Test func `another method for the old one means that both are kept`() async throws {
        let again = try await Again()
        let method = try #require(again.old.paymentMethodID)
        _ = try await ReplacePaymentMethod.run(
            method, with: MethodInput(token: "tok_better"), in: again.test.context())
        #expect(try await again.bill(through: "2026-11-25") == ["2026-11-25"])
        #expect(try await again.state() == .active)
        #expect(try await again.test.pledge(again.new.id).state == .active)
        try await expectSound(again.test)
    }

    @Test func `what is in doubt while the reader gives again is asked about before a retry`()
        async throws
    {
        let again = try await Again(failing: .accept)
        #expect(try await again.state() == .active)
        let charge = try #require(try await again.test.charges(of: again.old).first)
        let reference = again.test.reference(of: charge)
        let decline = ChargeOutcome.declined(Decline(code: "insufficient_funds"))
        again.processor.settle(reference, as: decline)
        try await again.test.receive(
            again.processor.tell(
                .charge(
                    reference, charge.amount,
                    ChargeAnswer(
                        decline, remoteID: ScriptedProcessor.remoteID(of: reference)))),
            from: again.processor)
        #expect(try await again.state() == .pastDue)
        #expect(try await again.bill(through: "2026-12-10") == [])
        #expect(try await again.test.mails(of: .bothOrOne) == 1)
        _ = try await again.test.post()
        #expect(try await again.bill(through: "2026-12-20") == [])
        #expect(try await again.state() == .cancelled)
        try await expectSound(again.test)
    }

    @Test func `without an answer the old one ends, though the new one has ended, too`()
        async throws
    {
        let again = try await Again()
        _ = try await again.test.post()
        _ = try await CancelPledge.run(
            again.new.id, Cancellation(reason: .mistake, by: .supporter),
            in: again.test.context())
        #expect(try await again.bill(through: "2026-12-09") == [])
        #expect(try await again.state() == .cancelled)
        try await expectSound(again.test)
    }

    @Test func `whoever had both before one failed is not asked`() async throws {
        let test = try await TestBook(newsroom: .ready)
        let planted = try await test.plantDue { $0.token = "tok_old" }
        let old = try #require(planted.pledge)
        test.now = test.now.adding(seconds: 60)
        let second = try await RegisterPledge.run(
            .monthly {
                $0.method = MethodInput(token: "tok_old")
                $0.isSecond = true
            }, in: test.context())
        let processor = test.processor(.decline("insufficient_funds"))
        processor.answer { order in
            order.reference.pledgeID == old.id ? .decline("insufficient_funds") : .succeed
        }
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-10", at: processor)
        #expect(days.count > 3)
        #expect(try await test.pledge(old.id).state == .pastDue)
        #expect(try await test.pledge(second.id).state == .active)
        #expect(try await test.mails(of: .bothOrOne) == 0)
        try await expectSound(test)
    }

    /// The failed charge is over, and the pledge still past due: the next period is not collected.
    @Test(arguments: ["tok_old", "tok_new"])
    func `the next period of a failed pledge is not collected either`(token: String) async throws {
        let test = try await TestBook(newsroom: .ready)
        let old = try await test.duePledge { $0.token = "tok_old" }
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try test.moveClock(to: "2026-12-10T12:00:00Z")
        let new = try await RegisterPledge.run(
            .monthly { $0.method = MethodInput(token: token) }, in: test.context())
        let charge = try await test.onlyCharge()
        // As after a long outage: skipped, and the pledge goes on.
        try await test.book.write { transaction in
            var skipped = charge
            skipped.state = .skipped
            skipped.nextStepAt = nil
            skipped.version += 1
            try transaction.update(skipped, at: test.now)
            try transaction.append([
                Event(
                    id: ID(bits: 77), type: .chargeSkipped, subjectID: charge.id.text,
                    sequence: skipped.version, at: test.now, actor: .job("test"),
                    data: skipped.eventData())
            ])
        }
        processor.answer { order in
            order.reference.pledgeID == old.id ? .decline("insufficient_funds") : .succeed
        }
        let days = try await test.daysOfOrders(
            from: "2026-12-10", through: "2026-12-22", at: processor)
        #expect(days == ["2026-12-10"])
        _ = try await test.post()
        let later = try await test.daysOfOrders(
            from: "2026-12-23", through: "2026-12-31", at: processor)
        #expect(later == [])
        #expect(try await test.pledge(new.id).state == .active)
        #expect(try await test.pledge(old.id).state == .cancelled)
        #expect(try await test.mails(of: .bothOrOne) == (token == "tok_old" ? 0 : 1))
        try await expectSound(test)
    }

    @Test(arguments: ["EUR", "once", "year"])
    func `another currency or interval is another promise`(what: String) async throws {
        let again = try await Again(token: "tok_old") {
            switch what {
            case "EUR": $0.currency = "EUR"
            case "once": $0.interval = .once
            default:
                $0.interval = .year
                $0.amount = "60.00"
            }
        }
        #expect(try await again.state() == .pastDue)
        #expect(try await again.test.mails(of: .bothOrOne) == 0)
        #expect(try await !again.bill(through: "2026-11-26").isEmpty)
    }
}
