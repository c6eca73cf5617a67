import Foundation
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// What an erasure leaves of a person's charges, and what is left to do at their processor.
@Suite struct ErasedChargesTests {
    private let note = "told us on the phone"

    private func erase(_ pledge: Pledge, in test: TestBook) async throws {
        _ = try await EraseSupporter.run(
            pledge.supporterID, by: .supporter, in: test.context())
    }

    /// A book whose one charge got that reply.
    private func charged(
        _ reply: ScriptedProcessor.Reply
    ) async throws -> (test: TestBook, pledge: Pledge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.token = "tok_of_a_reader" }
        let processor = test.processor(reply)
        processor.forgets = true
        try await test.bill(through: processor)
        return (test, pledge, processor)
    }

    // MARK: The book

    @Test func `amounts and states stay for the accounts, and what was written about them goes`()
        async throws
    {
        let (test, pledge, processor) = try await charged(.lose(.succeed))
        let doubtful = try await test.onlyCharge()
        _ = try await ResolveCharge.run(
            doubtful.id, as: .succeeded, note: note, in: test.context())
        try await test.reconcile(through: processor)
        processor.answerRefunds(.succeed)
        let report = try await ReconcileProcessor.run(processor, in: test.context())
        #expect(report.differences.isEmpty)
        try await test.refund(doubtful, "2.00", through: processor)
        let before = try await test.onlyCharge()
        #expect(before.note == note)
        let stored = try #require(await test.rows("SELECT sealed FROM charges").first?.blob(0))
        try await erase(pledge, in: test)
        var expected = before
        expected.note = nil
        #expect(try await test.onlyCharge() == expected)
        #expect(try await test.refunds(of: before).map(\.amount.minorUnits) == [200])
        #expect(try await test.attempts(of: before).map(\.state) == [.succeeded])
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 300)
        for file in ["", "-wal"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: test.path + file))
            #expect(bytes.range(of: Data(stored)) == nil, "\(file)")
        }
        try await expectSound(test)
    }

    @Test func `a charge that failed is called off, and nothing is tried any more`()
        async throws
    {
        let (test, pledge, processor) = try await charged(.decline("insufficient_funds"))
        try await erase(pledge, in: test)
        #expect(try await test.onlyCharge().state == .cancelled)
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-23", at: processor)
        #expect(none.isEmpty)
        try await expectSound(test)
    }

    @Test func `what waits for the reader is called off at the processor`() async throws {
        let (test, pledge, processor) = try await charged(.needAction())
        try await erase(pledge, in: test)
        try await test.reconcile(through: processor)
        #expect(processor.withdrawals == ["\(pledge.id.text):1:1"])
        #expect(try await test.onlyCharge().state == .cancelled)
        try await expectSound(test)
    }

    @Test func `money that comes afterwards is counted, and money can go back`() async throws {
        let (test, pledge, processor) = try await charged(.lose(.succeed))
        try await erase(pledge, in: test)
        test.now = test.now.adding(seconds: 300)
        try await test.reconcile(through: processor)
        // No method is called again for it.
        #expect(processor.orders.count == 1 && processor.lookUps.count == 1)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded)
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 500)
        processor.answerRefunds(.succeed)
        try await test.refund(charge, through: processor)
        #expect(try await test.pledge(pledge.id).totalGiven.minorUnits == 0)
        #expect(try await test.mails().isEmpty)
        try await expectSound(test)
    }

    // MARK: The processor

    @Test func `the processor forgets the token too, and then nothing is left to do`()
        async throws
    {
        let (test, pledge, processor) = try await charged(.succeed)
        try await erase(pledge, in: test)
        #expect(try await test.rows(of: "processor_removals") == 1)
        #expect(try !test.fileHolds("tok_of_a_reader"))
        #expect(try await test.reconcile(through: processor).forgotten == 1)
        #expect(processor.forgotten == ["tok_of_a_reader"])
        #expect(try await test.rows(of: "processor_removals") == 0)
        #expect(try await test.reconcile(through: processor).forgotten == 0)
        try await erase(pledge, in: test)
        #expect(try await test.rows(of: "processor_removals") == 0)
        try await expectSound(test)
    }

    @Test func `billing does it as well`() async throws {
        let (test, pledge, processor) = try await charged(.succeed)
        try await erase(pledge, in: test)
        #expect(try await test.bill(through: processor).reconciled.forgotten == 1)
    }

    @Test func `a token that the processor does not forget is retried after an hour, then daily`()
        async throws
    {
        let (test, pledge, processor) = try await charged(.succeed)
        try await erase(pledge, in: test)
        processor.forgets = false
        let start = test.now
        for hours in [0, 1] as [Int64] {
            test.now = start.adding(hours: hours)
            #expect(try await test.reconcile(through: processor).forgotten == 0)
        }
        processor.forgets = true
        test.now = start.adding(hours: 25).adding(milliseconds: -1)
        #expect(try await test.reconcile(through: processor).forgotten == 0)
        test.now = start.adding(hours: 25)
        #expect(try await test.reconcile(through: processor).forgotten == 1)
        #expect(processor.forgotten == ["tok_of_a_reader"])
    }

    @Test func `the doctor reports a token that is never forgotten`() async throws {
        let (test, pledge, processor) = try await charged(.succeed)
        try await erase(pledge, in: test)
        processor.forgets = false
        try await test.reconcile(through: processor)
        test.now = test.now.adding(days: 28)
        #expect(
            try await test.faults() == [
                "tokens at processors: 1 token(s) of erased people are still kept there"
            ])
    }

    @Test func `while a charge is in doubt the token is kept there for 25 days`() async throws {
        let (test, pledge, processor) = try await charged(.neverArrive)
        try await erase(pledge, in: test)
        let start = test.now
        test.now = start.adding(days: 25).adding(milliseconds: -1)
        #expect(try await test.reconcile(through: processor).forgotten == 0)
        test.now = start.adding(days: 25)
        #expect(try await test.reconcile(through: processor).forgotten == 1)
    }

    @Test func `a token of a processor that is not set up here waits until it is`()
        async throws
    {
        let (test, pledge, processor) = try await charged(.succeed)
        try await erase(pledge, in: test)
        let none = try await ReconcileCharges.run(through: Processors([]), in: test.context())
        #expect(none.forgotten == 0)
        #expect(try await test.rows(of: "processor_removals") == 1)
        test.now = test.now.adding(hours: 1)
        #expect(try await test.reconcile(through: processor).forgotten == 1)
    }

    @Test func `what was told of a person who is forgotten goes on to be applied`() async throws {
        let (test, pledge, processor) = try await charged(.succeed)
        let charge = try await test.onlyCharge()
        try await erase(pledge, in: test)
        let message = processor.tell(
            .dispute(
                paymentRemoteID: try #require(charge.remoteID), remoteID: "dp_1", charge.amount,
                .lost))
        try await test.receive(message, from: processor)
        #expect(try await test.onlyCharge().refundedMinor == 500)
        #expect(try await test.pledge(pledge.id).state == .cancelled)
        try await expectSound(test)
    }

    @Test func `a card on which somebody else's pledge stands is not forgotten`() async throws {
        let (test, pledge, processor) = try await charged(.succeed)
        let other = try await test.plantDue {
            ($0.email, $0.token) = ("wife@example.org", "tok_of_a_reader")
        }
        try await erase(pledge, in: test)
        #expect(try await test.reconcile(through: processor).forgotten == 0)
        #expect(processor.forgotten.isEmpty)
        #expect(try await test.rows(of: "processor_removals") == 0)
        // The erasure of the last person with the token removes it there.
        try await erase(try #require(other.pledge), in: test)
        #expect(try await test.reconcile(through: processor).forgotten == 1)
        #expect(processor.forgotten == ["tok_of_a_reader"])
        try await expectSound(test)
    }
}
