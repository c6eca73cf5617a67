/// Who changed something. The name of a person is only ever stored sealed.
package enum Actor: Hashable, Sendable {
    /// Somebody at the command line; the user name, where the system knows it.
    case cli(user: String?)
    /// An API token, by its id.
    case token(String)
    /// The reader, through a page or a link.
    case reader
    /// A job, by its name.
    case job(String)
    /// A payment processor, by its name.
    case processor(String)

    /// The form that may be stored in clear: `cli`, `token:<id>`, `reader`, `job:<name>`,
    /// `processor:<name>`.
    package var text: String {
        switch self {
        case .cli: "cli"
        case .token(let id): "token:\(id)"
        case .reader: "reader"
        case .job(let name): "job:\(name)"
        case .processor(let name): "processor:\(name)"
        }
    }

    /// The user name, which may only be stored sealed; nil for everyone but the command line.
    package var person: String? {
        switch self {
        case .cli(let user): user
        case .token, .reader, .job, .processor: nil
        }
    }
}
