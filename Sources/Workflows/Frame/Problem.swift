import Pledging

/// Why a verb did not do what was asked, in one line that says what to do. It contains no personal
/// data, except what the caller typed.
package struct Problem: Error, Equatable, CustomStringConvertible {
    package enum Kind: CaseIterable, Sendable {
        /// The request is malformed, or a value breaks a rule.
        case invalid
        /// Nothing has that id or address.
        case notFound
        /// The present state does not allow it, or it was done before with other content.
        case conflict
        /// A rule of the domain forbids it, whoever asks.
        case notPermitted
        /// Something outside the program that is needed is not available.
        case unavailable
        /// The output exists already or cannot be made.
        case cannotCreate
        case inputMissing
        case inputOutput
    }

    package let kind: Kind
    /// The field that is wrong, if it is one. The command line and HTTP name it in their own words.
    package let field: Field?
    package let message: String

    package init(_ kind: Kind, field: Field? = nil, _ message: String) {
        self.kind = kind
        self.field = field
        self.message = message
    }

    /// The text for logs, and for jobs, whose failures concern settings. The command line and HTTP
    /// make their own.
    package var description: String {
        switch field {
        case nil: message
        case .setting(let name): "\(name): \(message)"
        case let field?: "\(field): \(message)"
        }
    }

    static func noSuch(_ noun: String, _ id: String) -> Problem {
        Problem(.notFound, "there is no \(noun) \(id)")
    }
}

extension Step {
    /// Returns the move; nil when there is nothing to do. Throws Problem `.conflict` for a refusal.
    func move() throws(Problem) -> (state: State, event: EventType, actions: [Action])? {
        switch self {
        case .move(let state, let event, let actions): (state, event, actions)
        case .stay: nil
        case .refuse(let reason): throw Problem(.conflict, reason)
        }
    }
}
