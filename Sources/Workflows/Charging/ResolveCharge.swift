package import Pledging
import Store

/// Records what became of a charge in doubt, after a person has looked it up at the processor.
package enum ResolveCharge {
    package enum Verdict: String, CaseIterable, Sendable { case succeeded, notReceived }

    /// Returns the charge afterwards. Throws Problem: `.conflict` when its state refuses the
    /// verdict, `.invalid` for a note that breaks a rule, `.notFound` for an unknown charge.
    package static func run(
        _ id: ID<Charge>, as verdict: Verdict, note: String, in context: Context
    ) async throws -> Charge {
        let note = try InputRules.note(note)
        return try await context.answer { change in
            let charge = try change.existing(id)
            let last = try change.store.attempt(id, charge.attempts)
            // 1. The charge, and what follows from it.
            let resolved: Charge?
            switch verdict {
            case .succeeded:
                resolved = try change.booking.move(charge, by: .resolvedAsSucceeded) {
                    $0.note = note
                    $0.paidAt = change.now
                    $0.remoteID = last?.remoteID
                }
            case .notReceived:
                let pledge = try change.existing(charge.pledgeID)
                let next = Dunning.retry(
                    of: charge, pledge, in: try change.zone(), at: change.now)
                resolved = try change.booking.move(
                    charge, of: pledge, by: .resolvedAsNotReceived, because: .notReceived
                ) {
                    $0.note = note
                    $0.nextStepAt = next
                }
            }
            // 2. Its last attempt gets the same outcome.
            if var last, resolved != nil {
                last.state = last.state.on(verdict.news) ?? last.state
                last.code = verdict == .notReceived ? Decline.notReceived.code : nil
                last.leasedUntil = nil
                try change.store.update(last)
            }
            return resolved ?? charge
        }
    }
}

extension ResolveCharge.Verdict {
    fileprivate var news: ChargeAttempt.News {
        switch self {
        case .succeeded: .succeeded
        case .notReceived: .declined
        }
    }
}
