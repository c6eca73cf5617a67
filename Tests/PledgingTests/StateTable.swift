import Pledging
import Testing

/// What a cause does in a state, by the rules: a cell of a machine's table.
enum Expected<State: Hashable & Sendable, Action: Hashable & Sendable>: Sendable {
    case to(State, String, Set<Action> = [])
    case stay, refuse

    /// Compares what a machine did with this cell; records an issue if they differ.
    func check(
        _ step: Step<State, Action>, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        switch self {
        case .to(let next, let event, let actions):
            guard case .move(let reached, let type, let done) = step else {
                Issue.record("it did not move: \(step)", sourceLocation: sourceLocation)
                return
            }
            #expect(reached == next, sourceLocation: sourceLocation)
            #expect(type.rawValue == event, sourceLocation: sourceLocation)
            #expect(Set(done) == actions, sourceLocation: sourceLocation)
            #expect(done.count == actions.count, sourceLocation: sourceLocation)
        case .stay: #expect(step == .stay, sourceLocation: sourceLocation)
        case .refuse:
            guard case .refuse(let reason) = step else {
                Issue.record("it did not refuse: \(step)", sourceLocation: sourceLocation)
                return
            }
            #expect(!reason.isEmpty, sourceLocation: sourceLocation)
        }
    }
}
