package import Workflows

extension RunJobs.Pace {
    /// No jitter, no second look, and no renewal of a lease.
    package static let oneTurn = RunJobs.Pace(
        jitter: { _ in 0 }, sleep: { _ in throw CancellationError() }, pause: { _ in false })
}
