/// What follows a failed charge: retries, mails, and the end of the grace.
package enum Dunning {
    /// The next day on which a charge is tried again; nil when it is not. Retries that an outage
    /// missed are not made up for. `nextDueOn` is when the period after this charge's is due.
    package static func nextRetry(
        after today: CivilDate, firstAttemptOn: CivilDate, dueOn: CivilDate, nextDueOn: CivilDate
    ) -> CivilDate? {
        retryDays.map { firstAttemptOn.adding(days: $0) }.first { day in
            day > today && allowsRetry(on: day, dueOn: dueOn, nextDueOn: nextDueOn)
        }
    }

    /// Whether a retry may run on that day, which an outage may have made later than it was meant
    /// to be.
    package static func allowsRetry(
        on day: CivilDate, dueOn: CivilDate, nextDueOn: CivilDate
    ) -> Bool {
        day < lapseDate(dueOn: dueOn, nextDueOn: nextDueOn)
            && day.adding(days: clearDays) < nextDueOn
    }

    /// The day on which the grace is over: 28 days after the due date, or the day before the next
    /// one, whichever is first.
    package static func lapseDate(dueOn: CivilDate, nextDueOn: CivilDate) -> CivilDate {
        min(dueOn.adding(days: graceDays), nextDueOn.adding(days: -1))
    }

    /// The day on which `pledge` ends if `charge` is not paid.
    package static func lapseDate(of charge: Charge, _ pledge: Pledge) -> CivilDate {
        lapseDate(
            dueOn: charge.dueOn,
            nextDueOn: pledge.nextChargeOn.flatMap { $0 > charge.dueOn ? $0 : nil }
                ?? charge.dueOn.adding(days: graceDays + 1))
    }

    /// When a softly declined charge is tried again. The first charge of a pledge is not: the
    /// reader is there and knows.
    package static func retry(
        of charge: Charge, _ pledge: Pledge, in zone: TimeZoneRules, at now: Instant
    ) -> Instant? {
        guard pledge.state == .active || pledge.state == .pastDue,
            let next = pledge.nextChargeOn, let first = charge.firstAttemptOn
        else { return nil }
        let day = nextRetry(
            after: zone.date(at: now), firstAttemptOn: first, dueOn: charge.dueOn, nextDueOn: next)
        return day.map { zone.instant(of: $0, hour: 0) }
    }

    /// When somebody has to look at a charge again after `verdict` on its `attempt`; nil where only
    /// an event moves it on.
    package static func nextStep(
        after verdict: ChargeVerdict, _ charge: Charge, _ attempt: ChargeAttempt,
        _ pledge: Pledge, in zone: TimeZoneRules, at now: Instant
    ) -> Instant? {
        switch verdict.cause {
        case .lost: return nextQuestion(after: attempt.questions, at: now)
        case .accepted, .actionNeeded: return now.adding(days: 1)
        // After whatever was put back because of it.
        case .operatorFailed: return now.adding(seconds: 60)
        case .declined:
            // The reader has given another method meanwhile: that one is tried at once.
            if pledge.paymentMethodID != attempt.paymentMethodID { return now }
            guard let decline = verdict.decline, decline.bucket == .soft else { return nil }
            return retry(of: charge, pledge, in: zone, at: now)
        case .attempted, .succeeded, .withdrawn, .unwanted, .holdEnded, .resolvedAsSucceeded,
            .resolvedAsNotReceived, .unreachableTooLong:
            return nil
        }
    }

    /// The answer was lost: when the processor is asked (again).
    package static func nextQuestion(after questions: Int, at now: Instant) -> Instant {
        let minutes = questions < questionMinutes.count ? questionMinutes[questions] : dayMinutes
        return now.adding(seconds: 60 * minutes)
    }

    /// Days after the first attempt.
    package static let retryDays = [1, 3, 7, 14]
    /// Retries by one method within `retryWindowDays`; another one that the reader gives is new.
    package static let retryMaximum = 4
    package static let retryWindowDays: Int64 = 30
    /// No retry this near to the next due date.
    package static let clearDays = 2
    package static let graceDays = 28
    /// Days after the first attempt on which the reader is told; a soft decline is first tried
    /// again in silence, so the first of them is left out.
    package static let mailDays = [0, 7, 21]
    private static let questionMinutes: [Int64] = [5, 60]
    private static let dayMinutes: Int64 = 1_440
    /// Hours after the call from which the processor's list counts: its search lags.
    package static let listHours: Int64 = 24
    /// Hours between two readings of the list that both lack a payment.
    package static let absentHours: Int64 = 24
    /// Days without an answer after which nobody asks any more.
    package static let unreachableDays: Int64 = 30
}
