import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A processor's messages, as they come in.
@Suite struct RecordProcessorEventTests {
    private func record(
        _ message: InboundMessage, signed value: String? = ScriptedProcessor.signature.value,
        name: String = ScriptedProcessor.signature.name, from processor: ScriptedProcessor,
        in test: TestBook
    ) async throws -> Bool {
        try await RecordProcessorEvent.run(
            message.body, headers: value.map { [(name: name, value: $0)] } ?? [],
            from: processor, in: test.context())
    }

    /// A paid charge, and a message about what the processor kept of it.
    private func told() async throws -> (
        test: TestBook, message: InboundMessage, processor: ScriptedProcessor
    ) {
        let (test, charge, processor) = try await TestBook.charged()
        let message = processor.tell(
            .settlement(
                paymentRemoteID: try #require(charge.remoteID),
                Settlement(feeMinor: 45, netMinor: 455, currency: "USD")),
            marker: "fee-of-a-reader")
        return (test, message, processor)
    }

    private func kept(_ test: TestBook) async throws -> [String] {
        try await test.rows("SELECT remote_id, state FROM processor_events ORDER BY id").map {
            "\(try $0.text(0)) \(try $0.text(1))"
        }
    }

    @Test func `a message is kept as it came, and read later`() async throws {
        let (test, message, processor) = try await told()
        #expect(try await record(message, from: processor, in: test))
        #expect(try await kept(test) == ["evt_1 waiting"])
        #expect(try await test.onlyCharge().settlement == nil)
        let waiting = try await test.book.read {
            try $0.waitingProcessorEvents(after: "", limit: 10)
        }
        #expect(waiting.map(\.body) == [message.body])
        #expect(waiting.map(\.processor) == ["sandbox"])
        #expect(try await test.apply(from: processor).applied == 1)
        #expect(try await kept(test) == ["evt_1 applied"])
        #expect(try await test.onlyCharge().settlement?.netMinor == 455)
        try await expectSound(test)
    }

    @Test func `its body is sealed: the text stands in no file of the book`() async throws {
        let (test, message, processor) = try await told()
        _ = try await record(message, from: processor, in: test)
        #expect(try !test.fileHolds("fee-of-a-reader"))
        try await test.apply(from: processor)
        #expect(try !test.fileHolds("fee-of-a-reader"))
        #expect(try await test.events().allSatisfy { !$0.body.contains("fee-of-a-reader") })
    }

    @Test(arguments: [(String?.none, InboundRefusal.unsigned), ("forged", .wrongSignature)])
    func `what is not signed as it must be is not kept at all`(
        value: String?, refusal: InboundRefusal
    ) async throws {
        let (test, message, processor) = try await told()
        await #expect(throws: refusal) {
            try await record(message, signed: value, from: processor, in: test)
        }
        #expect(try await kept(test).isEmpty)
        #expect(try await test.apply(from: processor).applied == 0)
        #expect(try await test.onlyCharge().settlement == nil)
        #expect(try !test.fileHolds("fee-of-a-reader"))
    }

    @Test func `a header's name counts in any case`() async throws {
        let (test, message, processor) = try await told()
        #expect(
            try await record(message, name: "scripted-SIGNATURE", from: processor, in: test))
    }

    @Test func `a replay is known, before it was applied and after`() async throws {
        let (test, message, processor) = try await told()
        #expect(try await record(message, from: processor, in: test))
        #expect(try await !record(message, from: processor, in: test))
        #expect(try await test.apply(from: processor).applied == 1)
        #expect(try await !record(message, from: processor, in: test))
        #expect(try await kept(test) == ["evt_1 applied"])
        #expect(try await test.apply(from: processor).applied == 0)
    }

    @Test func `the same message twice at once is kept once`() async throws {
        let (test, message, processor) = try await told()
        async let first = record(message, from: processor, in: test)
        async let second = record(message, from: processor, in: test)
        let answers = try await [first, second]
        #expect(answers.count { $0 } == 1)
        #expect(try await kept(test) == ["evt_1 waiting"])
    }

    @Test func `one that was fetched before it came is known when it comes`() async throws {
        let (test, message, processor) = try await told()
        #expect(try await test.reconcile(through: processor).fetched == 1)
        #expect(try await !record(message, from: processor, in: test))
        #expect(try await kept(test) == ["evt_1 applied"])
    }

    @Test func `the ids of two processors are apart`() async throws {
        let (test, message, processor) = try await told()
        let other = ScriptedProcessor(
            name: "elsewhere", clock: { test.now }, answering: { _ in .succeed })
        #expect(try await record(message, from: processor, in: test))
        #expect(try await record(message, from: other, in: test))
        #expect(try await kept(test).count == 2)
    }

    @Test func `a large message is kept and read whole`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let message = processor.tell(
            .settlement(
                paymentRemoteID: try #require(charge.remoteID),
                Settlement(feeMinor: 45, netMinor: 455, currency: "USD")),
            marker: String(repeating: "läßt", count: 50_000))
        #expect(try await record(message, from: processor, in: test))
        let waiting = try await test.book.read {
            try $0.waitingProcessorEvents(after: "", limit: 10)
        }
        #expect(waiting.map(\.body) == [message.body])
        #expect(try await test.apply(from: processor).applied == 1)
        try await expectSound(test)
    }

    // MARK: What cannot be read

    @Test func `an unreadable message is listed once, and is known when repeated`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        let message = InboundMessage(remoteID: "evt_9", body: Array("evt_9 of another kind".utf8))
        #expect(try await record(message, from: processor, in: test))
        let summary = try await test.apply(from: processor)
        #expect(summary.applied == 0 && summary.failed == 1)
        #expect(try await kept(test) == ["evt_9 failed"])
        #expect(try await test.apply(from: processor).failed == 0)
        #expect(
            try await test.faults() == ["processors' messages: 1 could not be read"])
    }

    @Test func `one that nobody can read does not stop those after it`() async throws {
        let (test, message, processor) = try await told()
        let unreadable = InboundMessage(remoteID: "evt_0", body: Array("evt_0 ?".utf8))
        _ = try await record(unreadable, from: processor, in: test)
        _ = try await record(message, from: processor, in: test)
        let summary = try await test.apply(from: processor)
        #expect(summary.applied == 1 && summary.failed == 1)
        #expect(try await test.onlyCharge().settlement?.feeMinor == 45)
    }

    @Test func `a message of a processor that is not set up waits until it is`() async throws {
        let (test, message, processor) = try await told()
        _ = try await record(message, from: processor, in: test)
        let none = try await ApplyProcessorEvents.run(
            through: Processors([]), in: test.context())
        #expect(none.applied == 0 && none.failed == 0)
        #expect(try await kept(test) == ["evt_1 waiting"])
        #expect(try await test.apply(from: processor).applied == 1)
    }
}
