import Logging
import Pledging

extension Context {
    enum LogLevel { case debug, info, notice, warning, error, critical }

    /// Logs ids, numbers, states and reasons as `facts`, never what is sealed in the book.
    func log(_ level: LogLevel, _ message: String, _ facts: [String: String] = [:]) {
        logger.log(
            level: level.swiftLog, "\(message)", metadata: facts.mapValues { "\($0)" })
    }

    /// Logs a job's summary.
    func log(_ level: LogLevel, _ message: String, _ summary: JSON) {
        log(level, message, ["summary": summary.text])
    }
}

extension Context.LogLevel {
    fileprivate var swiftLog: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
