import Dispatch
import Foundation
import Synchronization

/// Runs all tasks of a test or a simulation on one thread of its own. The seed chooses which ready
/// job is next, so that concurrent tasks mix in an order that can be repeated.
package final class SeededExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let wakes = DispatchSemaphore(value: 0)
    private let dice: Dice

    package init(seed: UInt64) { dice = Dice(seed: seed) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        wakes.signal()
    }

    /// Runs the body and all of its child tasks on this thread. Unstructured tasks, and drivers
    /// with threads of their own, do not run on it.
    package func run<Answer: Sendable>(
        _ body: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let thread = Thread { self.work() }
        thread.stackSize = SeededExecutor.stackBytes
        thread.start()
        // One more signal than there are jobs ends the thread.
        defer { wakes.signal() }
        return try await withTaskExecutorPreference(self) { try await body() }
    }

    private func work() {
        while true {
            wakes.wait()
            let next = jobs.withLock { jobs -> UnownedJob? in
                jobs.isEmpty ? nil : jobs.remove(at: dice.below(jobs.count))
            }
            guard let next else { return }
            next.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    private static let stackBytes = 8 << 20
}
