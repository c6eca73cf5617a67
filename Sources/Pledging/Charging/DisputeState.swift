/// What follows from news of a dispute.
package enum DisputeStep: Hashable, Sendable {
    package enum Effect: Hashable, Sendable {
        /// The bank took the money back; the charge and its pledge subtract it.
        case countReturn
    }

    case move(to: Dispute.State, Effect? = nil)
    /// The news changes nothing.
    case stay
}

extension Dispute.State {
    /// Returns what follows when the processor reports the state `told`. Reports may be repeated or
    /// come out of order.
    package func on(_ told: Dispute.State) -> DisputeStep {
        switch (self, told) {
        case (.open, .won): .move(to: .won)
        case (.open, .lost): .move(to: .lost, .countReturn)
        case (.open, .open), (.won, .open), (.won, .won), (.won, .lost), (.lost, .open),
            (.lost, .won), (.lost, .lost):
            .stay
        }
    }
}
