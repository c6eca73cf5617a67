import Pledging
import Store
import TestSupport
import Workflows

// What tests of the job loop say again and again.

extension RunJobs.Pace {
    /// All the jitter there may be, and no second look. A lease is renewed each time that `sleep`
    /// returns, until it throws.
    static func beating(
        _ sleep: @escaping @Sendable (Duration) async throws -> Void
    ) -> RunJobs.Pace {
        RunJobs.Pace(jitter: { $0 }, sleep: sleep, pause: { _ in false })
    }
}

extension TestBook {
    /// One look at the mail job; returns how long to wait before the next one.
    func turn(
        at pace: RunJobs.Pace = .beating { _ in throw CancellationError() },
        in context: Context? = nil, _ work: @escaping RunJobs.Work
    ) async throws -> Duration {
        await RunJobs.turn(.mail, work, at: pace, in: try context ?? self.context())
    }

    /// How the mail job stands; nil before its first run.
    func standing() async throws -> JobStanding? {
        try await book.read { try $0.jobs().first { $0.job == .mail } }
    }
}

/// Waits until its task is called off.
func untilCalledOff() async {
    let (never, end) = AsyncStream.makeStream(of: Void.self)
    await withTaskCancellationHandler {
        for await _ in never {}
    } onCancel: {
        end.finish()
    }
}
