import Pledging

/// Why a verb did not do what was asked, in one line that says what to do.
/// It never holds a personal datum that the caller did not type.
package struct Problem: Error, Equatable, CustomStringConvertible {
    package enum Kind: CaseIterable, Sendable {
        /// The request is not of the right form.
        case invalid
        /// There is nothing of that id or address.
        case notFound
        /// It cannot be done in the present state, or was done with other content before.
        case conflict
        /// A rule of the domain stands against it, whoever asks.
        case notPermitted
        /// Something outside that is needed is not there.
        case unavailable
        /// The output exists or cannot be made.
        case cannotCreate
        case inputMissing
        case inputOutput
    }

    package let kind: Kind
    /// What is wrong, where it is one thing. Doors say it in their own words.
    package let field: Field?
    package let message: String

    package init(_ kind: Kind, field: Field? = nil, _ message: String) {
        self.kind = kind
        self.field = field
        self.message = message
    }

    /// For logs, and for jobs, whose failures concern settings. A door has words of its own.
    package var description: String {
        switch field {
        case nil: message
        case .setting(let name): "\(name): \(message)"
        case let field?: "\(field): \(message)"
        }
    }

    static func noSuch(_ noun: String, _ id: String) -> Problem {
        Problem(.notFound, "no \(noun) \(id)")
    }
}

extension Step {
    /// The move, nil for nothing to do, or the refusal as a problem.
    func move() throws(Problem) -> (state: State, event: EventType, actions: [Action])? {
        switch self {
        case .move(let state, let event, let actions): (state, event, actions)
        case .stay: nil
        case .refuse(let reason): throw Problem(.conflict, reason)
        }
    }
}
