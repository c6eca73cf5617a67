import Metrics
import Synchronization

/// Keeps the service's metrics and writes them in Prometheus' text format 0.0.4
/// (prometheus.io/docs/instrumenting/exposition_formats).
final class MetricsRegistry: MetricsFactory, Sendable {
    private struct Key: Hashable {
        let name: String
        /// As written in the text format.
        let labels: String
    }

    fileprivate enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private let series = Mutex<[Key: Series]>([:])

    /// All metrics in the text format, sorted by name and labels; each name has one `# TYPE` line.
    var text: String {
        let all = series.withLock { $0 }.sorted {
            ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels)
        }
        var text = ""
        var family = ""
        for (key, series) in all {
            if key.name != family {
                family = key.name
                text += "# TYPE \(family) \(series.kind)\n"
            }
            text += series.lines(key.name, key.labels)
        }
        return text
    }

    // MARK: MetricsFactory

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions, CounterSeries(), Series.counter, \.asCounter)
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        find(label, dimensions, GaugeSeries(), Series.gauge, \.asGauge)
    }

    func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        histogram(label, dimensions)
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // Series are kept for as long as the process lives.
    func destroyCounter(_: any CounterHandler) {}
    func destroyMeter(_: any MeterHandler) {}
    func destroyRecorder(_: any RecorderHandler) {}
    func destroyTimer(_: any TimerHandler) {}

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        find(label, dimensions, HistogramSeries(), Series.histogram, \.asHistogram)
    }

    /// Finds or makes a series. A name has one type; asked for as another type, it gives a series
    /// that is never shown.
    private func find<Handler: Sendable>(
        _ label: String, _ dimensions: [(String, String)], _ new: Handler,
        _ wrap: (Handler) -> Series, _ known: KeyPath<Series, Handler?>
    ) -> Handler {
        let labels = dimensions.map { "\($0.0)=\"\(MetricsRegistry.escaped($0.1))\"" }
        let key = Key(name: label, labels: labels.joined(separator: ","))
        return series.withLock { all in
            if let found = all[key] { return found[keyPath: known] ?? new }
            all[key] = wrap(new)
            return new
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
    }
}

extension MetricsRegistry.Series {
    fileprivate var asCounter: CounterSeries? {
        if case .counter(let series) = self { series } else { nil }
    }

    fileprivate var asGauge: GaugeSeries? {
        if case .gauge(let series) = self { series } else { nil }
    }

    fileprivate var asHistogram: HistogramSeries? {
        if case .histogram(let series) = self { series } else { nil }
    }

    fileprivate var kind: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }

    fileprivate func lines(_ name: String, _ labels: String) -> String {
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        switch self {
        case .counter(let series): return "\(name)\(braced) \(series.value)\n"
        case .gauge(let series): return "\(name)\(braced) \(number(series.value))\n"
        case .histogram(let series):
            let (buckets, sum) = series.cumulative
            let more = labels.isEmpty ? "" : labels + ","
            let lines = buckets.map { bound, count in
                "\(name)_bucket{\(more)le=\"\(bound.map(number) ?? "+Inf")\"} \(count)\n"
            }
            return lines.joined() + "\(name)_sum\(braced) \(number(sum))\n"
                + "\(name)_count\(braced) \(buckets.last?.count ?? 0)\n"
        }
    }

    /// Writes 5 and not 5.0, as other exporters do.
    private func number(_ value: Double) -> String {
        Int64(exactly: value).map(String.init) ?? String(value)
    }
}
