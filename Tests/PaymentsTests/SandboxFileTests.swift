import Dispatch
import Foundation
import Glibc
import Payments
import Pledging
import Synchronization
import TestSupport
import Testing

/// The Sandbox's file while others use it.
@Suite struct SandboxFileTests {
    /// Holds the file's lock until `release`, as another process would. If every shared thread
    /// waits for the file, nothing can call `release`; the lock then ends after ten minutes, so
    /// that the test fails instead of hanging. A busy machine delays a task by many seconds.
    private final class Holder: Sendable {
        private let descriptor: Int32
        private let released = DispatchSemaphore(value: 0)
        private let wasHeldToTheEnd = Mutex(false)

        init(_ path: String) throws {
            descriptor = open(path, O_RDWR | O_CLOEXEC)
            guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
                throw CocoaError(.fileLocking)
            }
            Thread.detachNewThread { [self] in
                let outcome = released.wait(timeout: .now() + .seconds(600))
                wasHeldToTheEnd.withLock { $0 = outcome == .timedOut }
                flock(descriptor, LOCK_UN)
            }
        }

        deinit { close(descriptor) }

        /// Returns false if the lock had already ended without it.
        func release() -> Bool {
            released.signal()
            return wasHeldToTheEnd.withLock { !$0 }
        }
    }

    /// Long enough for tasks that can begin to begin. Nothing is asserted about the time.
    private func pause() async throws { try await Task.sleep(for: .milliseconds(50)) }

    @Test func `waiting for the file blocks no thread that tasks run on`() async throws {
        let bench = try SandboxBench()
        let sandboxes = try (0..<4 * ProcessInfo.processInfo.activeProcessorCount)
            .map { _ in try bench.sandbox() }
        let holder = try Holder(bench.path)
        let calls = try sandboxes.enumerated().map { number, sandbox in
            let order = try bench.order("tok_1", period: number + 1)
            return Task.detached { await sandbox.collect(order) }
        }
        try await pause()
        // This could not run if every shared thread waited in flock(2).
        let isInTime = await Task.detached { holder.release() }.value
        #expect(isInTime)
        for call in calls { #expect(shown(await call.value.outcome) == "succeeded") }
        #expect(try await bench.payments().count == sandboxes.count)
    }

    @Test func `a call that is cancelled while it waits still returns its outcome`() async throws {
        let bench = try SandboxBench()
        let sandbox = try bench.sandbox()
        let order = try bench.order("tok_1")
        let holder = try Holder(bench.path)
        let call = Task { await sandbox.collect(order) }
        try await pause()
        call.cancel()
        #expect(holder.release())
        let answer = await call.value
        #expect(shown(answer.outcome) == "succeeded")
        #expect(try await bench.payments().map(\.answer) == [answer])
    }

    @Test func `concurrent charges through many Sandboxes are each taken once`() async throws {
        let bench = try SandboxBench()
        let sandboxes = try (0..<4).map { _ in try bench.sandbox() }
        let orders = try (1...50).map { try bench.order("tok_1", period: $0) }
        let names = await withTaskGroup(of: String?.self) { group in
            for order in orders {
                for sandbox in sandboxes {
                    group.addTask { await sandbox.collect(order).remoteID }
                }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(names.count == orders.count && !names.contains(nil))
        #expect(try await bench.payments().count == orders.count)
    }

    @Test func `half a line that a killed process left is ignored`() async throws {
        let bench = try SandboxBench()
        let paid = try await bench.sandbox().collect(try bench.order("tok_1"))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: bench.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"kind\":\"pay\",\"at\":1".utf8))
        try file.close()
        #expect(try await bench.sandbox().collect(try bench.order("tok_1")) == paid)
        let other = try await bench.sandbox().collect(try bench.order("tok_2", period: 2))
        #expect(shown(other.outcome) == "succeeded")
    }

    @Test func `the file contains no token`() async throws {
        let bench = try SandboxBench()
        _ = try await bench.sandbox().collect(try bench.order("tok_secret"))
        let text = try String(contentsOfFile: bench.path, encoding: .utf8)
        #expect(text.contains("\"pay\"") && !text.contains("tok_secret"))
    }

    @Test func `a file that cannot be made is an error that says where`() {
        let error = #expect(throws: SandboxError.self) {
            try SandboxProcessor(file: "/nowhere/at/all", clock: { .noon })
        }
        #expect(error?.reason == ENOENT)
        #expect(error?.description.hasPrefix("/nowhere/at/all: ") == true)
    }
}
