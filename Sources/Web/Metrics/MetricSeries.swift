import Metrics
import Synchronization

final class CounterSeries: CounterHandler {
    private let total = Atomic<Int64>(0)
    var value: Int64 { total.load(ordering: .relaxed) }
    func increment(by amount: Int64) { total.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { total.store(0, ordering: .relaxed) }
}

final class GaugeSeries: MeterHandler {
    private let present = Mutex(0.0)
    var value: Double { present.withLock { $0 } }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { present.withLock { $0 = value } }
    func increment(by amount: Double) { present.withLock { $0 += amount } }
    func decrement(by amount: Double) { present.withLock { $0 -= amount } }
}

/// Durations, in seconds.
final class HistogramSeries: RecorderHandler, TimerHandler {
    /// Upper bounds in seconds: from an answer out of memory to a job that mails a whole book.
    private static let bounds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300,
    ]

    private struct State {
        var counts = [Int64](repeating: 0, count: HistogramSeries.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    /// How many durations were at most each bound (nil: all of them), and their sum in seconds.
    var cumulative: (buckets: [(bound: Double?, count: Int64)], sum: Double) {
        let state = state.withLock { $0 }
        var count: Int64 = 0
        let buckets = state.counts.enumerated().map { index, own -> (Double?, Int64) in
            count += own
            return (index < Self.bounds.count ? Self.bounds[index] : nil, count)
        }
        return (buckets, state.sum)
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let index = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
