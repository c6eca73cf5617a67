package import Pledging
import Store

/// A person who looked it up says what became of a charge that nobody could find out about.
package enum ResolveCharge {
    package enum Verdict: String, CaseIterable, Sendable { case succeeded, notReceived }

    package static func run(
        _ id: ID<Charge>, as verdict: Verdict, note: String, in context: Context
    ) async throws -> Charge {
        let note = try InputRules.note(note)
        let now = context.now
        return try await context.book.write { transaction in
            let charge = try transaction.existingCharge(id)
            let cause: ChargeCause =
                verdict == .succeeded ? .resolvedAsSucceeded : .resolvedAsNotReceived
            let decline: Decline? = verdict == .notReceived ? .notReceived : nil
            let next = verdict == .notReceived ? try transaction.retry(of: charge, at: now) : nil
            let last = try transaction.attempt(id, charge.attempts)
            let moved = try transaction.move(
                charge, by: cause, because: decline, in: context, at: now
            ) {
                $0.note = note
                $0.nextStepAt = next
                guard verdict == .succeeded else { return }
                $0.paidAt = now
                $0.remoteID = last?.remoteID
            }
            if var last, moved != nil {
                last.state = verdict == .succeeded ? .succeeded : .declined
                last.code = decline?.code
                last.leasedUntil = nil
                try transaction.update(last)
            }
            return try transaction.existingCharge(id)
        }
    }
}
