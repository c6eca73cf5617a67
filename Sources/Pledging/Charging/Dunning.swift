/// Computes what follows a failed charge: retries, mails, and the end of the grace period.
package enum Dunning {
    /// Returns the next day on which a charge is tried again, or nil if there is none. Retries that
    /// an outage missed are not made up for. `nextDueOn` is the due date of the period after this
    /// charge's.
    package static func nextRetry(
        after today: CivilDate, firstAttemptOn: CivilDate, dueOn: CivilDate, nextDueOn: CivilDate
    ) -> CivilDate? {
        let end = lapseDate(dueOn: dueOn, nextDueOn: nextDueOn)
        return retryDays.map { firstAttemptOn.adding(days: $0) }.first { day in
            day > today && day < end
                && allowsRetry(on: day, dueOn: dueOn, nextDueOn: nextDueOn)
        }
    }

    /// Returns whether a retry may run on `day`. If an outage or a closed brake delayed it, that
    /// may be after the grace, for as many days as a due charge is caught up.
    package static func allowsRetry(
        on day: CivilDate, dueOn: CivilDate, nextDueOn: CivilDate
    ) -> Bool {
        let end = lapseDate(dueOn: dueOn, nextDueOn: nextDueOn)
        return day <= end.adding(days: DueCharge.catchUpDays)
            && day.adding(days: clearDays) < nextDueOn
    }

    /// What becomes of a failed charge when its grace is over.
    package enum AfterGrace: Hashable, Sendable {
        /// All that its decline allows was tried: the pledge ends.
        case lapse
        /// A try that was missed is still to be made.
        case wait
        /// The next period is due, and is tried instead.
        case skip
    }

    /// What the reader was told about a failed charge.
    package enum Notice: Hashable, Sendable {
        /// The first mail about it left on that day.
        case sent(CivilDate)
        /// None has left yet.
        case owed
        /// None is waited for: the bank's mail named the day, the reader gave again or gets no
        /// mail, or the mail was refused for good.
        case needless
    }

    /// Returns the day on which a pledge ends whose grace is over on `lapseOn`: later, if the first
    /// mail about it left so late that the reader had no time to answer.
    package static func end(
        lapseOn: CivilDate, after notice: Notice, today: CivilDate
    ) -> CivilDate {
        switch notice {
        case .sent(let day): max(lapseOn, day.adding(days: answerDays))
        case .owed: max(lapseOn, today.adding(days: answerDays))
        case .needless: lapseOn
        }
    }

    /// Decides it on `today`, which is not before `lapseOn`. `endsOn` is what `end` returns.
    /// `missedTry` is whether a try that the decline allows was not made, because no job ran or a
    /// brake was closed: readers must not lose their pledge by that.
    package static func afterGrace(
        missedTry: Bool, today: CivilDate, lapseOn: CivilDate, endsOn: CivilDate,
        nextDueOn: CivilDate?
    ) -> AfterGrace {
        if let nextDueOn, nextDueOn <= today, missedTry || nextDueOn <= endsOn { return .skip }
        if today < endsOn { return .wait }
        return missedTry && today <= lapseOn.adding(days: DueCharge.catchUpDays) ? .wait : .lapse
    }

    /// What a mail about a failed charge says of the days to come.
    package struct Outlook: Hashable, Sendable {
        /// The day on which the pledge ends if nothing is paid.
        package let endsOn: CivilDate
        /// The day of the next try; nil if there is none.
        package let retryOn: CivilDate?
    }

    /// Returns the outlook of a failed charge. `retryOn` is the day of its next try. If the next
    /// period is due before the reader's time is over, that is tried, with a method that is usable,
    /// and the pledge ends after its grace.
    package static func outlook(
        of charge: Charge, _ pledge: Pledge, methodIsUsable: Bool, after notice: Notice,
        retryOn: CivilDate?, today: CivilDate
    ) -> Outlook {
        let end = end(lapseOn: lapseDate(of: charge, pledge), after: notice, today: today)
        // On its next due date the pledge tries the next period instead.
        let retryOn = retryOn.flatMap { day in
            pledge.nextChargeOn.map { day < $0 } ?? true ? day : nil
        }
        guard let due = pledge.nextChargeOn, due > charge.dueOn, due <= end else {
            return Outlook(endsOn: max(end, retryOn ?? end), retryOn: retryOn)
        }
        let following = pledge.chargeDate(after: due, periods: pledge.collectEvery)
        return Outlook(
            endsOn: lapseDate(dueOn: due, nextDueOn: following),
            retryOn: retryOn ?? (methodIsUsable ? due : nil))
    }

    /// Returns the day on which the grace period is over: 28 days after the due date, or the day
    /// before the next due date, whichever is first.
    package static func lapseDate(dueOn: CivilDate, nextDueOn: CivilDate) -> CivilDate {
        min(dueOn.adding(days: graceDays), nextDueOn.adding(days: -1))
    }

    /// Returns the day on which `pledge` ends if `charge` is not paid.
    package static func lapseDate(of charge: Charge, _ pledge: Pledge) -> CivilDate {
        lapseDate(
            dueOn: charge.dueOn,
            nextDueOn: pledge.nextChargeOn.flatMap { $0 > charge.dueOn ? $0 : nil }
                ?? charge.dueOn.adding(days: graceDays + 1))
    }

    /// Returns the day from which an attempt that waits for the reader at the bank can no longer be
    /// confirmed: the end of the grace, or later if the attempt was made shortly before it.
    package static func bankEnd(
        of charge: Charge, _ pledge: Pledge, _ attempt: ChargeAttempt, in zone: TimeZoneRules
    ) -> CivilDate {
        max(
            lapseDate(of: charge, pledge),
            zone.date(at: attempt.startedAt).adding(days: bankMinimumDays))
    }

    /// Returns when a charge with a soft decline is tried again, at the start of a day in `zone`;
    /// nil if it is not. A one-off is not retried.
    package static func retry(
        of charge: Charge, _ pledge: Pledge, in zone: TimeZoneRules, at now: Instant
    ) -> Instant? {
        let isFirst = pledge.state == .pending && pledge.interval != .once
        guard isFirst || pledge.state == .active || pledge.state == .pastDue,
            let next = pledge.nextChargeOn, let first = charge.firstAttemptOn
        else { return nil }
        let day = nextRetry(
            after: zone.date(at: now), firstAttemptOn: first, dueOn: charge.dueOn, nextDueOn: next)
        return day.map { zone.instant(of: $0, hour: 0) }
    }

    /// Returns when a charge must be handled again after `verdict` on its `attempt`; nil if only an
    /// event can change it.
    package static func nextStep(
        after verdict: ChargeVerdict, _ charge: Charge, _ attempt: ChargeAttempt,
        _ pledge: Pledge, in zone: TimeZoneRules, at now: Instant
    ) -> Instant? {
        switch verdict.cause {
        case .lost: return nextQuestion(after: attempt.questions, at: now)
        case .accepted: return now.adding(days: 1)
        case .actionNeeded:
            // On the day on which the reader's time ends, it is withdrawn.
            let end = zone.instant(of: bankEnd(of: charge, pledge, attempt, in: zone), hour: 0)
            return end > now ? min(end, now.adding(days: 1)) : now
        case .setAside:
            // Another try today would be refused, too. On another day other readers' charges show
            // who is at fault.
            let waits = verdict.decline.map { $0.isMissingToken || $0.bucket == .impossible }
            if waits == true, pledge.paymentMethodID == attempt.paymentMethodID {
                return zone.instant(of: zone.date(at: now).adding(days: 1), hour: 0)
            }
            // Later than the charges that the stopped run put back.
            return now.adding(seconds: 60)
        case .declined:
            // The reader has given another method meanwhile, which is tried at once.
            if pledge.paymentMethodID != attempt.paymentMethodID { return now }
            // It was withdrawn because less is owed now.
            if verdict.decline == .withdrawn, charge.amount(owedBy: pledge) != charge.amount {
                return now
            }
            guard let decline = verdict.decline, decline.bucket == .soft else { return nil }
            return retry(of: charge, pledge, in: zone, at: now)
        case .attempted, .succeeded, .withdrawn, .unwanted, .gaveAgain, .holdEnded,
            .resolvedAsSucceeded, .resolvedAsNotReceived, .unreachableTooLong, .voided:
            return nil
        }
    }

    /// Returns when the processor is asked (again) about an attempt whose answer was lost: after 5
    /// minutes, then after an hour, then daily.
    package static func nextQuestion(after questions: Int, at now: Instant) -> Instant {
        let minutes = questions < questionMinutes.count ? questionMinutes[questions] : dayMinutes
        return now.adding(seconds: 60 * minutes)
    }

    /// Days after the first attempt on which a charge is tried again.
    package static let retryDays = [1, 3, 7, 14]
    /// Maximum number of retries with one method within `retryWindowDays`; another method that the
    /// reader gives starts anew.
    package static let retryMaximum = 4
    package static let retryWindowDays: Int64 = 30
    /// No retry is made within so many days before the next due date.
    package static let clearDays = 2
    package static let graceDays = 28
    /// Days after the first attempt on which the reader gets a mail. After a soft decline the first
    /// one is left out, because the charge is first tried again.
    package static let mailDays = [0, 7, 21]
    /// Days that a reader has after the first mail about a failed charge, at least.
    package static let answerDays = 7
    /// Days after an attempt that waits for the reader at the bank on which the reader gets another
    /// mail about it; the first one is queued at once.
    package static let bankMailDays = [3, 7]
    /// Days that a reader has to confirm an attempt at the bank, at least.
    package static let bankMinimumDays = 7
    private static let questionMinutes: [Int64] = [5, 60]
    private static let dayMinutes: Int64 = 1_440
    /// Hours after a call during which the processor's list proves nothing, because its search
    /// lags.
    package static let listHours: Int64 = 24
    /// Minimum hours between the two readings of the list that must both lack a payment.
    package static let absentHours: Int64 = 24
    /// Days without an answer after which the processor is no longer asked.
    package static let unreachableDays: Int64 = 30
}
