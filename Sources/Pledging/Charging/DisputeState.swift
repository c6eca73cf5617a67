/// What follows from news of a dispute.
package enum DisputeStep: Hashable, Sendable {
    package enum Effect: Hashable, Sendable {
        /// What went back of the charge is counted anew: the bank took the money, or gave it again.
        case countReturns
    }

    case move(to: Dispute.State, Effect? = nil)
    /// The news changes nothing.
    case stay
}

extension Dispute.State {
    /// Returns what follows when the processor reports the state `told`. Reports may be repeated or
    /// come out of order: a dispute that is lost may still be won, and none that is won is lost.
    package func on(_ told: Dispute.State) -> DisputeStep {
        switch (self, told) {
        case (.open, .won): .move(to: .won)
        case (.open, .lost): .move(to: .lost, .countReturns)
        case (.lost, .won): .move(to: .won, .countReturns)
        case (.open, .open), (.won, .open), (.won, .won), (.won, .lost), (.lost, .open),
            (.lost, .lost):
            .stay
        }
    }
}
