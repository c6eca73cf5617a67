import Store

/// What HTTP answers to an error that the caller did not cause.
package enum FailureClass: Sendable {
    /// Somebody else changed the same row meanwhile.
    case changed
    /// The same request may succeed in a moment.
    case passing
    /// The operator must mend something first.
    case lasting

    package init(_ error: any Error) {
        switch error {
        case is StaleVersion: self = .changed
        case DriverError.busy, DriverError.diskFull, DriverError.inputOutput: self = .passing
        default: self = .lasting
        }
    }
}
