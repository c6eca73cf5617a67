import Foundation
import Glibc
import Synchronization

/// A line on a terminal with a job's progress, speed and remaining time. Prints nothing elsewhere.
final class Progress: Sendable {
    private struct State {
        var lastShown: ContinuousClock.Instant?
        var isShown = false
    }

    private let noun: String
    private let total: Int?
    private let isOn: Bool
    private let begun = ContinuousClock.now
    private let state = Mutex(State())

    init(_ noun: String, total: Int?, isOn: Bool) {
        self.noun = noun
        self.total = total
        self.isOn = isOn && isatty(2) == 1
    }

    /// Shows `done` of the total so far.
    func show(_ done: Int) { report(done, of: total) }

    /// Shows `done` of a total that the job learns when it begins.
    func report(_ done: Int, of total: Int?) {
        guard isOn else { return }
        state.withLock { state in
            let now = ContinuousClock.now
            if let last = state.lastShown, now - last < Progress.interval { return }
            state.lastShown = now
            state.isShown = true
            tellUser("\r\u{1B}[K" + line(done, of: total, after: now - begun))
        }
    }

    /// Clears the line.
    func finish() {
        state.withLock { state in
            if state.isShown { tellUser("\r\u{1B}[K") }
            state.isShown = false
        }
    }

    private func line(_ done: Int, of total: Int?, after elapsed: Duration) -> String {
        let seconds = max(1, elapsed.components.seconds)
        let rate = max(1, Int64(done) / seconds)
        guard let total, total > 0 else { return "\(done) \(noun), \(rate)/s" }
        let share = min(total, done)
        let filled = share * Progress.barColumns / total
        let bar =
            String(repeating: "█", count: filled)
            + String(repeating: "░", count: Progress.barColumns - filled)
        let left = Int64(total - share) / rate
        return "\(bar) \(share * 100 / total) %  \(done) \(noun), \(rate)/s, \(left) s left"
    }

    private static let interval = Duration.milliseconds(100)
    private static let barColumns = 24
}
