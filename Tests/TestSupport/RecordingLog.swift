import Logging
import Synchronization

/// Keeps what is logged.
package final class RecordingLog: Sendable {
    package struct Line: Hashable, Sendable {
        /// The name of the level in swift-log: `warning`.
        package let level: String
        package let message: String
        package let facts: [String: String]
    }

    private let kept = Mutex<[Line]>([])

    package init() {}

    /// In the order in which they were logged.
    package var lines: [Line] { kept.withLock { $0 } }

    package func lines(at level: String) -> [Line] { lines.filter { $0.level == level } }

    var logger: Logger { Logger(label: "tests") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
            let line = Line(
                level: event.level.rawValue, message: "\(event.message)", facts: facts)
            log.kept.withLock { $0.append(line) }
        }
    }
}
