import Store

/// What a door makes of an error that the caller did not cause.
package enum FailureClass: Sendable {
    /// Somebody else changed the same thing meanwhile.
    case changed
    /// The same request may succeed in a moment.
    case passing
    /// A person must see to it.
    case lasting

    package init(_ error: any Error) {
        switch error {
        case is StaleVersion: self = .changed
        case DriverError.busy, DriverError.diskFull, DriverError.inputOutput: self = .passing
        default: self = .lasting
        }
    }
}
