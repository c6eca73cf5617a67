/// An error of a database, the same for every engine. No message contains a value of a row.
package enum DriverError: Error, Equatable, CustomStringConvertible {
    /// Another process kept the database locked for longer than the busy timeout.
    case busy
    case diskFull
    case inputOutput(String)
    case readOnly
    /// The file is not one of ours, or is damaged.
    case notADatabase(String)
    /// A constraint of the schema refused the change; the text names the constraint.
    case constraint(String)
    case other(String)

    /// Whether the whole transaction is lost, not only the statement: every write that shares it
    /// fails.
    package var endsTransaction: Bool {
        switch self {
        case .diskFull, .inputOutput, .notADatabase, .readOnly, .busy: true
        case .constraint, .other: false
        }
    }

    package var description: String {
        switch self {
        case .busy: "the database is busy with another process; try again"
        case .diskFull: "the disk is full; this change was not stored"
        case .inputOutput(let reason): "the database cannot be read or written (\(reason))"
        case .readOnly: "the database is not writable; check its owner and permissions"
        case .notADatabase(let reason): "the file is not a sound database (\(reason))"
        case .constraint(let name): "the database refused the change (\(name))"
        case .other(let reason): "the database reported an error (\(reason))"
        }
    }
}
