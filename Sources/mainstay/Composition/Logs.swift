import Logging
import Workflows

extension SettingsSource {
    /// Structured lines on standard error, from the level that `log.level` names.
    func logger() throws -> Logger {
        var logger = Logger(label: "mainstay") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = try choice(.logLevel, Logger.Level.self)
        return logger
    }
}
