/// What a state machine answers to something that happened: a pure value, acted on by the verb.
package enum Step<State: Hashable & Sendable, Action: Hashable & Sendable>: Hashable, Sendable {
    /// Move to `state`, tell the world by an event of `type`, and do `actions`.
    case move(to: State, EventType, [Action] = [])
    /// It was so already, or does not matter in this state: nothing is written.
    case stay
    /// It can't be done in this state; the text says why and what can be done.
    case refuse(String)
}
