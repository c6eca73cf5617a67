/// A state machine's answer to a cause. It is a value; the verb carries it out.
package enum Step<State: Hashable & Sendable, Action: Hashable & Sendable>: Hashable, Sendable {
    /// Move to the state, write an event of the type, and carry out the actions.
    case move(to: State, EventType, [Action] = [])
    /// Write nothing: the state is reached already, or the cause does not matter in this state.
    case stay
    /// Reject the cause in this state; the text says why and what can be done.
    case refuse(String)
}
