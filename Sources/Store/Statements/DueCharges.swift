package import Pledging

/// A due pledge's place in the order of due dates.
package struct DuePledge: Sendable {
    package let dueOn: CivilDate
    package let id: ID<Pledge>
}

extension Transaction {
    // MARK: What is due

    /// Returns the next pledges after `last` whose charge is due by `today` and that have no open
    /// charge. If a notice is needed, it was sent by `noticeBy` or cannot be delivered, or the
    /// charge is overdue by more than `DueCharge.catchUpDays` days without a notice.
    package func duePledges(
        by today: CivilDate, noticeBy: Instant, after last: DuePledge?, limit: Int
    ) throws -> [DuePledge] {
        try connection.run(
            Statement(
                """
                \(Transaction.pledgesWithDueDate)
                    AND (needs_notice = 0 OR state = 'pending'
                        OR EXISTS (\(noticesOfPledge) AND (
                            (reminders.state = 'sent' AND reminders.updated_at <= $4)
                            OR \(noticeIsUndeliverable)))
                        OR (next_charge_on < $5 AND NOT EXISTS (\(noticesOfPledge)
                            AND reminders.state IN ('scheduled', 'queued', 'sent'))))
                ORDER BY next_charge_on, id LIMIT $6
                """),
            Value(today), .text(last?.dueOn.description ?? ""), .text(last?.id.text ?? ""),
            Value(noticeBy), Value(today.adding(days: -DueCharge.catchUpDays)), Value(limit)
        ).read { try DuePledge(dueOn: $0.date(), id: $0.id()) }
    }

    /// Returns the next pledges after `last` whose charge is due by `day` and that have no open
    /// charge, whether or not it was announced.
    package func pledgesDue(
        by day: CivilDate, after last: DuePledge?, limit: Int
    ) throws -> [DuePledge] {
        try connection.run(
            Statement(
                """
                \(Transaction.pledgesWithDueDate)
                ORDER BY next_charge_on, id LIMIT $4
                """),
            Value(day), .text(last?.dueOn.description ?? ""), .text(last?.id.text ?? ""),
            Value(limit)
        ).read { try DuePledge(dueOn: $0.date(), id: $0.id()) }
    }

    /// Selects pledges that are due by $1, after the date $2 and the id $3, and that have no open
    /// charge.
    private static let pledgesWithDueDate = """
        SELECT next_charge_on, id FROM pledges
        WHERE (state = 'pending' OR state = 'active' OR state = 'pastDue')
            AND next_charge_on <= $1 AND (next_charge_on, id) > ($2, $3)
            AND (state <> 'pending' OR payment_method_id IS NOT NULL)
            AND (interval <> 'once' OR next_period = 1)
            AND NOT EXISTS (SELECT 1 FROM charges
                WHERE charges.pledge_id = pledges.id AND \(isOpen))
        """

    /// Returns pledges, paused or not, whose next charge must be announced and has no notice that
    /// counts yet: one that is on its way, cannot be delivered, or was accepted since
    /// `acceptedSince`. An older one counts if the charge is not due before `dueSince`. Charges for
    /// a long time are due from `longFirst` through `last`, others from `first`. A notice that was
    /// skipped because the pledge was changed, or another copy of the book may have sent it, does
    /// not count; the next one has another number.
    package func pledgesNeedingNotice(
        whilePaused: Bool, from first: CivilDate, longFrom longFirst: CivilDate,
        through last: CivilDate, acceptedSince: Instant, dueSince: CivilDate, limit: Int
    ) throws -> [ReminderSource] {
        // Each has an index of its own.
        let states = whilePaused ? "state = 'paused'" : "state IN ('active', 'pastDue')"
        return try connection.run(
            Statement(
                """
                SELECT pledges.id, supporter_id, next_charge_on, next_charge_on || '/'
                    || CAST(pledges.amount_minor * collect_every AS TEXT) || '/'
                    || CAST(1 + (SELECT count(*) FROM (\(noticesOfPledge)) AS earlier) AS TEXT)
                FROM pledges
                WHERE needs_notice = 1 AND \(states)
                    AND next_charge_on >= $1 AND next_charge_on <= $2
                    AND (next_charge_on >= $3
                        OR interval = 'year' OR collect_every >= $4)
                    AND NOT EXISTS (\(noticesOfPledge) AND (
                        reminders.state IN ('scheduled', 'queued')
                        OR (reminders.state = 'sent'
                            AND (reminders.updated_at >= $5 OR next_charge_on >= $6))
                        OR \(noticeIsUndeliverable)))
                    AND (state <> 'paused' OR NOT EXISTS (SELECT 1 FROM payment_methods
                        WHERE payment_methods.id = payment_method_id
                            AND payment_methods.kind IN ('bankTransfer', 'crypto')))
                ORDER BY next_charge_on, id LIMIT $7
                """), Value(longFirst), Value(last), Value(first), Value(DueCharge.longMonths),
            Value(acceptedSince), Value(dueSince), Value(limit)
        ).read { row in
            try ReminderSource(
                subjectID: row.text(), supporterID: row.id(), date: row.date(),
                period: row.text())
        }
    }

    /// Returns when the last notice of the charge of `amount`, or more, that is due on `date` was
    /// accepted, nil if none was, and whether it cannot be delivered.
    package func notice(
        of pledge: ID<Pledge>, dueOn date: CivilDate, amount: Money
    ) throws -> (isUndeliverable: Bool, acceptedAt: Instant?) {
        let last = try connection.run(
            Statement(
                """
                SELECT state, updated_at FROM reminders
                WHERE subject_id = $1 AND kind = 'upcomingCharge' AND period >= $2 AND period < $3
                    AND \(announcedMinor) >= $4 AND (state = 'sent' OR \(noticeIsUndeliverable))
                ORDER BY updated_at DESC, id DESC LIMIT 1
                """), Value(pledge), .text("\(date)/"), .text("\(date)0"), Value(amount.minorUnits)
        ).first?.read { row in try (state: row.choice() as ReminderState, at: row.instant()) }
        guard let last else { return (false, nil) }
        return last.state == .sent ? (false, last.at) : (true, nil)
    }

    /// Selects the notices of a pledge's next charge that announce its amount or more, by the
    /// beginning of their periods, `date/amount/number`: '0' follows '/' in the order of bytes.
    private var noticesOfPledge: String {
        """
        SELECT 1 FROM reminders WHERE reminders.subject_id = pledges.id
            AND reminders.kind = 'upcomingCharge'
            AND reminders.period >= next_charge_on || '/'
            AND reminders.period < next_charge_on || '0'
            AND \(announcedMinor) >= pledges.amount_minor * collect_every
        """
    }

    /// The amount in a notice's period.
    private var announcedMinor: String {
        "CAST(substr(rtrim(rtrim(reminders.period, '0123456789'), '/'), 12) AS BIGINT)"
    }

    /// Days without mail, a changed pledge or another copy of the book say nothing about the
    /// address.
    private var noticeIsUndeliverable: String {
        """
        ((reminders.state = 'failed' AND reminders.reason <> '\(Reminder.mailGivenUp)')
            OR (reminders.state = 'skipped' AND reminders.reason <> 'subjectChanged'
                AND reminders.reason <> 'perhapsSent'))
        """
    }

    // MARK: What waits for a next step

    /// Returns charges in one of these states whose next step is due, in the order of their next
    /// steps, after `last`.
    package func charges(
        in states: [ChargeState], toStepBy now: Instant, after last: Charge?, limit: Int
    ) throws -> [Charge] {
        let list = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try connection.run(
            Statement(
                """
                SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
                WHERE next_step_at <= $1 AND (next_step_at, charges.id) > ($2, $3)
                    AND charges.state IN (\(list))
                ORDER BY next_step_at, charges.id LIMIT $4
                """),
            Value(now), Value(last?.nextStepAt ?? Instant(milliseconds: 0)),
            .text(last?.id.text ?? ""), Value(limit)
        ).read(decodeCharge)
    }

    /// Returns how many charges in one of these states have a next step that is due.
    package func charges(in states: [ChargeState], dueBy now: Instant) throws -> Int {
        let list = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try connection.run(
            Statement(
                """
                SELECT count(*) FROM charges WHERE next_step_at <= $1 AND state IN (\(list))
                """), Value(now)
        )[0].read { try $0.count() }
    }

    /// Returns how many charges that were made by `moment` still have no known result: the
    /// processor may have been paid.
    package func chargesInDoubt(since moment: Instant) throws -> Int {
        try connection.run(
            """
            SELECT count(*) FROM charges WHERE next_step_at IS NOT NULL
                AND state IN ('submitted', 'unknown') AND created_at <= $1
            """, Value(moment)
        )[0].read { try $0.count() }
    }

    /// Returns failed charges that were first tried by `day`, of pledges in this state, in the
    /// order of that day, after `last`.
    package func failedCharges(
        of state: PledgeState, firstTriedBy day: CivilDate, after last: Charge?, limit: Int
    ) throws -> [Charge] {
        try connection.run(
            Statement(
                """
                SELECT \(Charge.columns.selected) FROM \(Transaction.chargeTables)
                WHERE charges.state IN ('declined', 'actionRequired') AND first_attempt_on <= $1
                    AND (first_attempt_on, charges.id) > ($2, $3) AND pledges.state = $4
                ORDER BY first_attempt_on, charges.id LIMIT $5
                """),
            Value(day), .text(last?.firstAttemptOn?.description ?? ""),
            .text(last?.id.text ?? ""), Value(state), Value(limit)
        ).read(decodeCharge)
    }

    // MARK: What a charge changes in its pledge

    /// Moves the pledge's next charge by `periods`, and returns the pledge. It compares and sets,
    /// so that no period is ever covered twice. Throws StaleVersion when another process was
    /// faster, or no charge comes next.
    package func advance(_ pledge: Pledge, by periods: Int, at now: Instant) throws -> Pledge {
        guard let due = pledge.nextChargeOn else { throw StaleVersion(id: pledge.id.text) }
        let advanced = pledge.advanced(by: periods)
        let rows = try connection.run(
            """
            UPDATE pledges SET next_period = $1, next_charge_on = $2, due_before_pause = $3,
                updated_at = $4
            WHERE id = $5 AND next_period = $6 AND next_charge_on = $7 RETURNING id
            """,
            Value(advanced.nextPeriod), Value(advanced.nextChargeOn),
            Value(advanced.dueBeforePause), Value(now), Value(pledge.id),
            Value(pledge.nextPeriod), Value(due))
        if rows.isEmpty { throw StaleVersion(id: pledge.id.text) }
        return advanced
    }

    /// Adds a payment to the pledge's totals. It is not a change of state; the charge's event
    /// reports it.
    package func countPayment(
        of pledge: ID<Pledge>, _ amount: Money, on day: CivilDate, needsNotice: Bool,
        at now: Instant
    ) throws {
        _ = try connection.run(
            """
            UPDATE pledges SET charges_succeeded = charges_succeeded + 1,
                total_given_minor = total_given_minor + $1,
                last_charged_on = CASE WHEN last_charged_on > $2 THEN last_charged_on ELSE $2 END,
                needs_notice = $3, updated_at = $4
            WHERE id = $5
            """,
            .integer(amount.minorUnits), Value(day), Value(needsNotice), Value(now), Value(pledge))
    }

    /// Takes a payment back from a pledge that had counted it.
    package func uncountPayment(
        of pledge: ID<Pledge>, _ amount: Money, lastChargedOn day: CivilDate?, needsNotice: Bool,
        at now: Instant
    ) throws {
        _ = try connection.run(
            """
            UPDATE pledges SET charges_succeeded = charges_succeeded - 1,
                total_given_minor = total_given_minor - $1, last_charged_on = $2,
                needs_notice = $3, updated_at = $4
            WHERE id = $5
            """,
            .integer(amount.minorUnits), Value(day), Value(needsNotice), Value(now), Value(pledge))
    }

    /// Subtracts money that went back from the pledge's total.
    package func countReturn(of pledge: ID<Pledge>, _ amount: Money, at now: Instant) throws {
        _ = try connection.run(
            """
            UPDATE pledges SET total_given_minor = total_given_minor - $1, updated_at = $2
            WHERE id = $3
            """, .integer(amount.minorUnits), Value(now), Value(pledge))
    }

    /// Returns what was sent to processors on a day in a currency, in minor units.
    package func submitted(_ currency: Currency, on day: CivilDate) throws -> Int64 {
        try connection.run(
            "SELECT submitted_minor FROM billing_days WHERE day = $1 AND currency = $2",
            Value(day), .text(currency.code)
        ).first?.read { try $0.integer() } ?? 0
    }

    /// Adds to the amount sent to processors on a day.
    package func countSubmitted(_ amount: Money, on day: CivilDate) throws {
        _ = try connection.run(
            """
            INSERT INTO billing_days (day, currency, submitted_minor) VALUES ($1, $2, $3)
            ON CONFLICT (day, currency) DO UPDATE
                SET submitted_minor = billing_days.submitted_minor + excluded.submitted_minor
            """, Value(day), .text(amount.currency.code), .integer(amount.minorUnits))
    }

    /// Subtracts an amount that was counted and then not sent.
    package func uncountSubmitted(_ amount: Money, on day: CivilDate) throws {
        _ = try connection.run(
            """
            UPDATE billing_days SET submitted_minor = submitted_minor - $1
            WHERE day = $2 AND currency = $3 AND submitted_minor >= $4
            """, .integer(amount.minorUnits), Value(day), .text(amount.currency.code),
            .integer(amount.minorUnits))
    }
}
