import Pledging

/// Measures elapsed time and waits. The composition root passes the machine's clock; tests pass
/// their own.
package struct SteadyClock: Sendable {
    /// Milliseconds since some fixed moment; never decreases.
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
