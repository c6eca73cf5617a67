import Dispatch

/// The Sandbox's file, shared by the tasks of this process. Its locks, reads and writes wait for
/// the disk and for other processes, so they run on a thread of their own, never on one of the few
/// that all tasks share. What has begun runs to its end, even if the task that asked is cancelled.
actor SandboxFile {
    private let thread = SandboxThread()
    private var ledger: SandboxLedger

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// Opens or makes the file, on the calling thread.
    init(path: String) throws(SandboxError) { ledger = try SandboxLedger(path: path) }

    /// Runs `body` while no other task and no other process uses the file.
    func locked<Answer: Sendable>(
        _ body: @Sendable (inout SandboxLedger) throws -> Answer
    ) throws -> Answer {
        try ledger.locked(body)
    }
}

/// Runs jobs one after another, on a thread from Dispatch.
private final class SandboxThread: SerialExecutor {
    private let queue = DispatchQueue(label: "mainstay.sandbox")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
