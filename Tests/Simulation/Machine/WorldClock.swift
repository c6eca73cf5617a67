import Pledging
import Synchronization

/// The true time. A machine's clock may differ.
final class WorldClock: Sendable {
    private let time: Mutex<Instant>

    init(_ start: Instant) { time = Mutex(start) }

    var now: Instant {
        get { time.withLock { $0 } }
        set { time.withLock { $0 = max($0, newValue) } }
    }
}
