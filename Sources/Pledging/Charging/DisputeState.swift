/// What news of a dispute means.
package enum DisputeStep: Hashable, Sendable {
    package enum Effect: Hashable, Sendable {
        /// The bank took the money back: the charge and its pledge count it.
        case countReturn
    }

    case move(to: Dispute.State, Effect? = nil)
    /// No news to it.
    case stay
}

extension Dispute.State {
    /// `told` is the state that the processor tells, which may come twice or out of order.
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
