import Payments
import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

/// A billing run whose task is cancelled, as when a program ends: it makes no further call and puts
/// back what it claimed.
@Suite struct ChargeSenderTests {
    private static let pledges = 6

    /// Cancels a task from inside, even before the task is stored here.
    private final class Switch: Sendable {
        private let state = Mutex(State())

        private struct State {
            var task: Task<Void, any Error>?
            var isThrown = false
        }

        var isThrown: Bool { state.withLock { $0.isThrown } }

        func throwIt() {
            state.withLock { state in
                state.isThrown = true
                state.task?.cancel()
            }
        }

        /// Runs `body` in a task that the switch can cancel; returns once it has ended.
        func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
            let task = Task { try await body() }
            state.withLock { state in
                state.task = task
                if state.isThrown { task.cancel() }
            }
            try await task.value
        }
    }

    /// The book's driver, which calls `before` before each transaction.
    private final class WatchedDriver: ForwardingDriver {
        let inner: any Driver
        private let transactions = Mutex(0)
        private let before: @Sendable (Int) -> Void

        init(_ inner: any Driver, before: @escaping @Sendable (Int) -> Void) {
            self.inner = inner
            self.before = before
        }

        var count: Int { transactions.withLock { $0 } }

        func transaction<Answer: Sendable>(
            _ kind: TransactionKind,
            _ body: @escaping @Sendable (any Connection) throws -> Answer
        ) async throws -> Answer {
            before(
                transactions.withLock { count in
                    count += 1
                    return count
                })
            return try await inner.transaction(kind, body)
        }
    }

    /// What the daily ceiling counts as sent, in minor units.
    private func submitted(_ test: TestBook) async throws -> Int64 {
        try await test.rows("SELECT coalesce(sum(submitted_minor), 0) FROM billing_days")[0]
            .integer(0)
    }

    /// Nothing is left half done: what was called is paid; what was not is held and not counted.
    private func expectPutBack(_ test: TestBook, _ processor: ScriptedProcessor) async throws {
        let charges = try await test.charges()
        let paid = charges.filter { $0.state == .succeeded }
        let held = charges.filter { $0.state == .held }
        #expect(paid.count == processor.orders.count)
        #expect(paid.count + held.count == charges.count, "\(charges.map(\.state))")
        #expect(try await submitted(test) == Int64(500 * paid.count))
        for charge in held {
            #expect(charge.reason == "runStopped" && charge.nextStepAt == test.now)
            let attempts = try await test.attempts(of: charge)
            #expect(attempts.map(\.state) == [.withdrawn])
            #expect(attempts.map(\.leasedUntil) == [nil])
        }
        try await expectSound(test)
    }

    /// Another run collects the rest, each once.
    private func expectCollected(_ test: TestBook, _ processor: ScriptedProcessor) async throws {
        try await test.bill(through: processor)
        #expect(processor.takings.count == Self.pledges)
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        #expect(processor.orders.count == Self.pledges)
        #expect(try await submitted(test) == Int64(500 * Self.pledges))
        try await expectSound(test)
    }

    @Test(arguments: [1, 3])
    func `a run that is cancelled at a call makes no further one`(callsInFlight: Int) async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(Self.pledges)
        let stop = Switch()
        let processor = test.processor(.succeed, callsInFlight: callsInFlight)
        processor.answer { _ in
            stop.throwIt()
            return .succeed
        }
        await #expect(throws: CancellationError.self) {
            try await stop.run { try await test.bill(through: processor) }
        }
        // Calls in flight are waited for.
        #expect((1...callsInFlight).contains(processor.orders.count))
        try await expectPutBack(test, processor)
        try await expectCollected(test, processor)
    }

    /// Cancels a run at any step: finding, claiming, looking again, recording, or putting back.
    @Test(arguments: [1, 3], 1...30)
    func `whenever a run is cancelled, what it claimed and did not call is put back`(
        callsInFlight: Int, transaction: Int
    ) async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(Self.pledges)
        let stop = Switch()
        let processor = test.processor(.succeed, callsInFlight: callsInFlight)
        let lateOrders = Mutex(0)
        processor.answer { _ in
            if stop.isThrown { lateOrders.withLock { $0 += 1 } }
            return .succeed
        }
        let driver = WatchedDriver(test.database) { if $0 == transaction { stop.throwIt() } }
        do {
            try await stop.run {
                _ = try await RunBilling.run(
                    through: Processors([processor]), in: test.context(through: driver))
            }
            // The run had ended before the cancellation, or was at its end.
            #expect(driver.count <= transaction + 1)
        } catch is CancellationError {}
        // Another call may be between its last check of the task and the processor.
        #expect(lateOrders.withLock { $0 } < callsInFlight)
        try await expectPutBack(test, processor)
        try await expectCollected(test, processor)
    }
}
