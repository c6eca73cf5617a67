import Pledging

/// What tells elapsed time and waits: the composition root hands over the machine's clock, tests
/// their own.
package struct SteadyClock: Sendable {
    /// Since any fixed moment; never goes back.
    let elapsedMilliseconds: @Sendable () -> Int64
    /// Returns early when the task is cancelled.
    let wait: @Sendable (_ milliseconds: Int64) async -> Void

    package init(
        elapsedMilliseconds: @escaping @Sendable () -> Int64,
        wait: @escaping @Sendable (_ milliseconds: Int64) async -> Void
    ) {
        self.elapsedMilliseconds = elapsedMilliseconds
        self.wait = wait
    }

    package init(_ clock: some Clock<Duration>) {
        let start = clock.now
        self.init(
            elapsedMilliseconds: { start.duration(to: clock.now).wholeMilliseconds },
            wait: { try? await clock.sleep(for: .milliseconds($0)) })
    }
}
