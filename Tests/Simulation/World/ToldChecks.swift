import Payments
import Pledging
import SQLiteDriver
import Store

// Whoever is left worse was told, and every balance adds up. Both are checked at the end of a life
// without copies: what an older copy of the book did not know, it could not tell.
extension World {
    /// No pledge lapsed whose reader had no mail about its charge, or none about its end.
    func complaintsAboutUntold() async throws -> [String] {
        let ended = try await desk.database.transaction(.read) { connection in
            try connection.run(
                """
                SELECT pledges.id, charges.id, pledges.ended_at FROM pledges
                JOIN charges ON charges.pledge_id = pledges.id
                    AND charges.first_period + charges.period_count = pledges.next_period
                JOIN supporters ON supporters.id = pledges.supporter_id
                WHERE pledges.state = 'lapsed' AND charges.state = 'cancelled'
                    AND supporters.erased_at IS NULL
                    AND NOT EXISTS (SELECT 1 FROM pledges AS newer
                        WHERE newer.supporter_id = pledges.supporter_id
                            AND newer.created_at > pledges.created_at)
                    AND NOT EXISTS (SELECT 1 FROM reminders
                        WHERE reminders.subject_id = charges.id AND reminders.state = 'failed')
                """
            ).map { (try $0.text(0), try $0.text(1), try $0.integer(2)) }
        }
        // What the post refused is known while the mail's row is kept.
        let lately = clock.now.adding(days: -25).milliseconds
        var complaints: [String] = []
        for (pledge, charge, endedAt) in ended where try await !isRefused(pledge) {
            let kinds: [QueuedMail.Kind] = [.chargeFailed, .actionNeeded]
            if !kinds.contains(where: { desk.letterbox.holds($0, about: charge) }) {
                complaints.append("\(pledge) lapsed, and its reader was told nothing before")
            }
            guard endedAt >= lately, !desk.letterbox.holds(.pledgeEnded, about: pledge),
                try await desk.book.read({ try $0.mail(.pledgeEnded, about: pledge) }) == nil
            else { continue }
            complaints.append("\(pledge) lapsed, and its reader was not told of the end")
        }
        return complaints
    }

    /// Readers in countries from which money was ever refused may get no mail.
    private func isRefused(_ pledge: String) async throws -> Bool {
        try await desk.book.read { transaction in
            let countries = Set(try transaction.riskPolicies().map(\.country))
            guard let pledge = try transaction.pledge(ID(parsing: pledge)),
                let country = try transaction.supporter(pledge.supporterID)?.contact?.country
            else { return true }
            return countries.contains(country) || countries.contains("*")
        }
    }

    /// What is left at the processor by our report is what its own records leave.
    func complaintsAboutBalance(of known: Set<ID<Pledge>>) async throws -> [String] {
        let (moves, removed) = try await desk.book.read {
            try (
                $0.balanceMoves(
                    since: Instant(milliseconds: 0), until: Instant(milliseconds: .max)),
                $0.removedSums()
            )
        }
        var ours = Balance.all(moves).reduce(into: [String: Int64]()) {
            $0[$1.currency, default: 0] += $1.closingMinor
        }
        for sum in removed { ours[sum.currency, default: 0] += sum.amountMinor }
        var theirs: [String: Int64] = [:]
        let knownPayments = Set(
            processor.payments.filter { known.contains($0.reference.pledgeID) }.map(\.remoteID))
        for movement in processor.movements {
            // What went back to removed people is known as a sum at most.
            let isBack = movement.kind == .refund || movement.kind == .dispute
            if isBack, !knownPayments.contains(movement.payment) { continue }
            theirs[movement.gross.currency.code, default: 0] +=
                movement.gross.minorUnits - movement.feeMinor
        }
        for record in processor.paidOut() {
            theirs[record.payout.currency, default: 0] -= record.payout.amountMinor
        }
        // What a bank demands is gone here from the first day on, there once it is lost.
        for dispute in try await openDisputes() { theirs[dispute.0, default: 0] -= dispute.1 }
        return ours == theirs ? [] : ["the balance is \(ours) here, \(theirs) at the processor"]
    }

    private func openDisputes() async throws -> [(String, Int64)] {
        try await desk.database.transaction(.read) { connection in
            try connection.run(
                """
                SELECT currency, disputes.amount_minor FROM disputes
                JOIN charges ON charges.id = disputes.charge_id WHERE disputes.state = 'open'
                """
            ).map { (try $0.text(0), try $0.integer(1)) }
        }
    }
}
