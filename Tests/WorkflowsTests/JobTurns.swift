import Pledging
import Store
import TestSupport
import Workflows

// Helpers for tests of the job loop.

extension RunJobs.Pace {
    /// The full jitter, and no second look. A lease is renewed each time that `sleep` returns,
    /// until it throws.
    static func beating(
        _ sleep: @escaping @Sendable (Duration) async throws -> Void
    ) -> RunJobs.Pace {
        RunJobs.Pace(jitter: { $0 }, sleep: sleep, pause: { _ in false })
    }
}

extension TestBook {
    /// Looks at the mail job once; returns how long to wait before the next look.
    func turn(
        at pace: RunJobs.Pace = .beating { _ in throw CancellationError() },
        in context: Context? = nil, _ work: @escaping RunJobs.Work
    ) async throws -> Duration {
        await RunJobs.turn(.mail, work, at: pace, in: try context ?? self.context())
    }

    /// The standing of the mail job; nil before its first run.
    func standing() async throws -> JobStanding? {
        try await book.read { try $0.jobs().first { $0.job == .mail } }
    }
}

/// Waits until its task is cancelled.
func untilCalledOff() async {
    let (never, end) = AsyncStream.makeStream(of: Void.self)
    await withTaskCancellationHandler {
        for await _ in never {}
    } onCancel: {
        end.finish()
    }
}
