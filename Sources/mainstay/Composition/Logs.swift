import Logging
import Workflows

extension SettingsSource {
    /// Returns a logger that writes structured lines to standard error, from `log.level` on.
    func logger() throws -> Logger {
        var logger = Logger(label: "mainstay") { LineHandler(label: $0) }
        logger.logLevel = try choice(.logLevel, Logger.Level.self)
        return logger
    }
}

/// Writes as `StreamLogHandler` does, but formats metadata only when there is a line to write.
/// `StreamLogHandler` formats it whenever it is set, which is for every request, and few requests
/// are logged.
private struct LineHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    private let lines: StreamLogHandler

    init(label: String) { lines = StreamLogHandler.standardError(label: label) }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.metadata = metadata.merging(event.metadata ?? [:]) { _, own in own }
        lines.log(event: event)
    }
}
