import Foundation
import Payments
import Pledging
import SQLiteDriver
import Store
import Workflows

// What must hold. It is checked against the processor's records, which are the truth about money,
// and against the rows, read without the functions that wrote them.
extension World {
    /// Runs after each program: money was taken once, and only where it may be taken.
    func checkStep() async throws {
        let complaints =
            try await desk.letterbox.read(
                desk.post, desk.database, mayRepeat: outcome.deaths > 0,
                forgets: outcome.restores > 0)
            + processor.takeComplaints() + desk.complaints.take()
        if !complaints.isEmpty { throw fail(complaints) }
    }

    /// Runs at the end of each day: checks the book's invariants, and each week compares the book
    /// with the processor.
    func checkDay(_ day: Int) async throws {
        try await checkStep()
        var complaints: [String] = []
        for invariant in Invariant.allCases {
            let count = try await desk.book.read { try $0.violations(of: invariant) }
            if count > 0 { complaints.append("\(invariant.rawValue): violated \(count) times") }
        }
        complaints += try await rows(
            "an open charge that nothing will ever move",
            """
            SELECT id, state FROM charges WHERE next_step_at IS NULL
                AND state IN ('submitted', 'unknown', 'pending', 'held')
            """)
        if day % 7 == 0 {
            complaints += try await complaintsAboutSuccesses()
            complaints += complaintsAboutSpacing()
        }
        if !complaints.isEmpty { throw fail(complaints) }
    }

    private func rows(_ words: String, _ sql: String) async throws -> [String] {
        try await desk.database.transaction(.read) { connection in
            try connection.run(Statement(sql)).map {
                "\(words): \(try $0.text(0)) \(try $0.text(1))"
            }
        }
    }

    /// Each success here is one of the processor's, to the minor unit.
    private func complaintsAboutSuccesses() async throws -> [String] {
        let charges = try await desk.database.transaction(.read) { connection in
            try connection.run(
                """
                SELECT id, remote_id, amount_minor, currency FROM charges
                WHERE state = 'succeeded' AND processor IS NOT NULL
                """
            ).map { (try $0.text(0), try $0.textOrNil(1), try $0.integer(2), try $0.text(3)) }
        }
        return charges.compactMap { id, remoteID, minor, currency in
            let payment = remoteID.flatMap { processor.payment(named: $0) }
            guard let payment else {
                return "\(id) succeeded, and the processor has no such payment"
            }
            let isSame =
                payment.taken && payment.amount.minorUnits == minor
                && payment.amount.currency.code == currency
            return isSame
                ? nil
                : "\(id) succeeded over \(minor) \(currency), \(payment.remoteID) of "
                    + "\(payment.reference.key) is \(payment.outcome) over \(payment.amount)"
        }
    }

    /// Payments of a pledge are at least ten days apart for each month that the earlier one paid
    /// for.
    private func complaintsAboutSpacing() -> [String] {
        var complaints: [String] = []
        let taken = processor.payments.filter { $0.taken && !$0.isLate }
        for (pledge, payments) in Dictionary(grouping: taken, by: \.reference.pledgeID) {
            let sorted = payments.sorted { $0.reference.firstPeriod < $1.reference.firstPeriod }
            for (first, second) in zip(sorted, sorted.dropFirst()) {
                guard case .succeeded(let at, _) = first.outcome else { continue }
                // Days are counted in the newsroom's zone: the first may end a day early, and a
                // newsroom that moves (UTC+14 to UTC−12) may gain 26 hours.
                let least = at.adding(days: Int64(10 * first.reference.periodCount - 1))
                guard second.madeAt < least.adding(hours: -26) else { continue }
                complaints.append(
                    "\(pledge): \(second.reference.key) came too soon after "
                        + first.reference.key)
            }
        }
        return complaints
    }

    // MARK: Explaining a failure

    /// Adds everything that both books know about the first pledge in the complaints.
    func explained(_ failure: SimulationFailure) async throws -> SimulationFailure {
        let ids = failure.complaints.joined().matches(of: #/plg_[a-z0-9]{26}/#)
        guard let id = ids.first.map({ String($0.output) }) else { return failure }
        let ours = try await desk.database.transaction(.read) { connection in
            try connection.run(
                """
                SELECT type, at, body FROM events WHERE subject_id = $1
                    OR subject_id IN (SELECT id FROM charges WHERE pledge_id = $2) ORDER BY at
                """, .text(id), .text(id)
            ).map { row in
                let data = try row.text(2).components(separatedBy: "\"data\":").last ?? ""
                let time = Instant(milliseconds: try row.integer(1)).rfc3339.prefix(16)
                return "we: \(time) \(try row.text(0)) \(data)"
            }
        }
        let theirs = processor.payments.filter { $0.reference.pledgeID.text == id }.map {
            "they: \($0.madeAt.rfc3339.prefix(16)) \($0.reference.key.suffix(6)) \($0.amount) "
                + "\($0.outcome)"
        }
        return SimulationFailure(
            scenario: failure.scenario, complaints: failure.complaints,
            trace: failure.trace + theirs.suffix(20) + ours.suffix(40))
    }

    // MARK: At the end

    /// Checks that nothing is in doubt, that nothing waits for what will not come, and that both
    /// books agree.
    func checkRest() async throws {
        var complaints = try await complaintsAboutWaiting()
        let program = try desk.program()
        let report = try await ReconcileProcessor.run(
            processor, since: Instant(milliseconds: 0), in: program.context)
        let known = Set(
            try await desk.book.read { try $0.pledges(state: nil, after: "", limit: 100_000) }
                .map(\.id))
        // A restored copy does not know pledges that were made after it.
        let extras = try await extraPayments()
        for difference in report.differences
        where difference.pledgeID.map(known.contains) ?? false {
            // What a person must decide about is listed.
            if difference.kind == .paidTwice, difference.remoteID.map(extras.contains) == true {
                continue
            }
            complaints.append("the books differ: \(difference.json.text)")
        }
        complaints += try await complaintsAboutExtraPayments()
        complaints += try await complaintsAboutGivenUp()
        complaints += report.wrongPayouts.map { "the payout \($0.remoteID) does not add up" }
        complaints += try await complaintsAboutPayouts()
        // A restored copy does not know what its original asked a bank.
        if outcome.restores == 0 {
            complaints += try await complaintsAboutBanks(of: known)
            complaints += try await complaintsAboutUntold()
            complaints += try await complaintsAboutBalance(of: known)
        }
        complaints += try await complaintsAboutSums(of: known)
        if !complaints.isEmpty { throw fail(complaints) }
    }

    private func complaintsAboutWaiting() async throws -> [String] {
        let now = clock.now
        let old = now.adding(days: -9).milliseconds
        let older = now.adding(days: -17).milliseconds
        let day = CivilDate(daysSinceEpoch: Int(now.milliseconds / 86_400_000) - 45)
        var complaints = try await rows(
            "still in doubt",
            """
            SELECT id, state FROM charges WHERE created_at < \(old)
                AND state IN ('submitted', 'unknown', 'pending') AND processor IS NOT NULL
                AND id NOT IN (SELECT charge_id FROM charge_attempts WHERE started_at >= \(old))
            """)
        complaints += try await rows(
            "still held",
            "SELECT id, state FROM charges WHERE created_at < \(older) AND state = 'held'")
        complaints += try await rows(
            "still open",
            """
            SELECT id, state FROM charges WHERE due_on < '\(day)'
                AND state IN ('declined', 'actionRequired')
            """)
        complaints += try await rows(
            "still asked whether to keep both",
            "SELECT id, state FROM charges WHERE updated_at < \(old) AND reason = 'gaveAgain'")
        complaints += try await rows(
            "still pending",
            """
            SELECT id, state FROM pledges WHERE state = 'pending' AND created_at < \(older)
                AND next_charge_on < '\(day.adding(days: 30))'
                AND id NOT IN (SELECT pledge_id FROM charges WHERE state = 'actionRequired')
            """)
        // Whoever's bank asks is told, unless they gave again or were forgotten.
        complaints += try await rows(
            "nobody was asked to confirm",
            """
            SELECT charges.id, charges.state FROM charges
            JOIN pledges ON pledges.id = charges.pledge_id WHERE charges.state = 'actionRequired'
                AND NOT EXISTS (SELECT 1 FROM mail_messages
                    WHERE subject_id = charges.id AND kind = 'actionNeeded')
            """)
        complaints += try await rows(
            "a refund still waits",
            """
            SELECT id, state FROM refunds WHERE created_at < \(old)
                AND state IN ('submitted', 'pending', 'unknown')
            """)
        complaints += try await rows(
            "a message was never applied",
            "SELECT id, state FROM processor_events WHERE state <> 'applied'")
        return complaints
    }

    /// Every payout is in the book as the processor made it, and its charges know it.
    private func complaintsAboutPayouts() async throws -> [String] {
        let theirs = processor.paidOut()
        let ours = try await desk.book.read { try $0.payouts(after: nil, limit: 100_000) }
        guard Set(ours) == Set(theirs.map(\.payout)) else {
            return ["\(ours.count) payouts here, \(theirs.count) at the processor, not the same"]
        }
        let charges = try await desk.database.transaction(.read) { connection in
            try connection.run(
                "SELECT remote_id, payout_id FROM charges WHERE state = 'succeeded'"
            ).reduce(into: [String: String?]()) { known, row in
                if let id = try row.textOrNil(0) { known[id] = try row.textOrNil(1) }
            }
        }
        return theirs.flatMap { record in
            record.payments.compactMap { payment in
                guard let known = charges[payment.paymentRemoteID],
                    known != record.payout.remoteID
                else { return nil }
                return "\(payment.paymentRemoteID) was paid out by \(record.payout.remoteID), "
                    + "not \(known ?? "nothing")"
            }
        }
    }

    /// No payment can be confirmed any more of a charge that is over: it was withdrawn first. The
    /// tokens of people who were removed are deleted at the processor instead.
    private func complaintsAboutBanks(of known: Set<ID<Pledge>>) async throws -> [String] {
        let open = Set(
            try await desk.database.transaction(.read) { connection in
                try connection.run(
                    "SELECT id FROM charges WHERE state IN ('actionRequired', 'closed')"
                ).map { try $0.text(0) }
            })
        return processor.payments.compactMap { payment in
            guard case .actionNeeded = payment.outcome, known.contains(payment.reference.pledgeID),
                !open.contains(payment.reference.chargeID.text)
            else { return nil }
            return "\(payment.reference.key) still waits at the bank"
        }
    }

    /// Nothing was given up whose last charge was paid, unless the reader gave again meanwhile, or
    /// money from their country is refused.
    private func complaintsAboutGivenUp() async throws -> [String] {
        let paid = Set(
            try await rows(
                "a pledge was given up although it was paid",
                """
                SELECT pledges.id, pledges.state FROM pledges
                JOIN charges ON charges.pledge_id = pledges.id
                    AND charges.first_period + charges.period_count = pledges.next_period
                WHERE pledges.state IN ('lapsed', 'abandoned') AND charges.state = 'succeeded'
                    AND charges.refunded_minor = 0 AND charges.processor IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM pledges AS newer
                        WHERE newer.supporter_id = pledges.supporter_id
                            AND newer.created_at > pledges.created_at)
                """))
        return try await desk.book.read { transaction in
            let refused = Set(
                try transaction.riskPolicies().filter { $0.policy == .refuse }.map(\.country))
            return try paid.sorted().filter { complaint in
                let words = complaint.split(separator: " ")
                guard let id = try? ID<Pledge>(parsing: String(words[words.count - 2])),
                    let pledge = try transaction.pledge(id),
                    let country = try transaction.supporter(pledge.supporterID)?.contact?.country
                else { return true }
                return !refused.contains(country) && !refused.contains("*")
            }
        }
    }

    func extraPayments() async throws -> Set<String> {
        try await desk.database.transaction(.read) { connection in
            Set(try connection.run("SELECT remote_id FROM extra_payments").map { try $0.text(0) })
        }
    }

    /// An extra payment is sent back or listed, and its reader knows that it was sent back.
    private func complaintsAboutExtraPayments() async throws -> [String] {
        // Retention deleted older mails.
        let lately = clock.now.adding(days: -80).milliseconds
        let unlisted = try await rows(
            "an extra payment that is neither sent back nor listed",
            """
            SELECT id, remote_id FROM extra_payments WHERE refunded_minor < amount_minor
                AND id NOT IN (SELECT subject FROM attentions
                    WHERE kind = 'extraPayment' AND resolved_at IS NULL)
            """)
        let untold = try await rows(
            "an extra payment that was sent back without a mail",
            """
            SELECT extra_payments.id, extra_payments.remote_id FROM extra_payments
            JOIN charges ON charges.id = charge_id JOIN pledges ON pledges.id = pledge_id
            JOIN supporters ON supporters.id = supporter_id
            WHERE extra_payments.id IN (SELECT extra_payment_id FROM refunds
                    WHERE state = 'succeeded' AND created_at >= \(lately))
                AND extra_payments.refunded_minor = extra_payments.amount_minor
                AND charge_id NOT IN (SELECT charge_id FROM disputes)
                AND supporters.erased_at IS NULL
                AND extra_payments.id NOT IN (SELECT subject_id FROM mail_messages)
            """)
        return unlisted + untold
    }

    private func complaintsAboutSums(of known: Set<ID<Pledge>>) async throws -> [String] {
        var theirs: [String: Int64] = [:]
        for payment in processor.payments
        where payment.taken && known.contains(payment.reference.pledgeID) {
            theirs[payment.amount.currency.code, default: 0] += payment.left
        }
        let ours = try await desk.database.transaction(.read) { connection in
            try connection.run(
                """
                SELECT currency, CAST(coalesce(sum(left_minor), 0) AS BIGINT) FROM (
                    SELECT currency, amount_minor - refunded_minor AS left_minor FROM charges
                    WHERE state = 'succeeded' AND processor IS NOT NULL
                    UNION ALL SELECT currency, extra_payments.amount_minor
                        - extra_payments.refunded_minor FROM extra_payments
                    JOIN charges ON charges.id = charge_id) AS paid
                GROUP BY currency
                """
            ).reduce(into: [String: Int64]()) { $0[try $1.text(0)] = try $1.integer(1) }
        }
        return ours == theirs ? [] : ["we have \(ours), the processor \(theirs)"]
    }
}
