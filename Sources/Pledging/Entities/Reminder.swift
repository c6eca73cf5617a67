/// A message to a reader, scheduled for a time.
package struct Reminder: Identified, Hashable, Sendable {
    package static let idPrefix = "rem"

    package enum Kind: String, CaseIterable, Sendable {
        case support, upcomingCharge, methodExpiring, chargeFailed, pauseEnding
    }

    /// The reader's consent to a `support` reminder: when it was given, through which door, and to
    /// which wording.
    package struct Consent: Hashable, Sendable {
        package let at: Instant
        package let door: String
        package let wording: String

        package init(at: Instant, door: String, wording: String) {
            self.at = at
            self.door = door
            self.wording = wording
        }
    }

    /// A reminder that is repeated every `everyMonths` months from its first day on.
    package struct Series: Hashable, Sendable {
        package let everyMonths: Int
        package let firstOn: CivilDate

        package init(everyMonths: Int, firstOn: CivilDate) {
            self.everyMonths = everyMonths
            self.firstOn = firstOn
        }
    }

    /// Why a reminder failed whose mail could not be handed over for days.
    package static let mailGivenUp = "mailGivenUp"

    package let id: ID<Reminder>
    package let supporterID: ID<Supporter>
    package let kind: Kind
    /// The id of what it is about. Kind, subject and period identify a reminder.
    package let subjectID: String
    package let period: String
    package var dueOn: CivilDate
    package var dueAt: Instant
    package var series: Series?
    /// Its number in the series, from 1.
    package let occurrence: Int
    package var confirmedAt: Instant?
    package var consent: Consent?
    package var state: ReminderState
    package var reason: String?
    package var version: Int64
    package let createdAt: Instant

    package init(
        id: ID<Reminder>, supporterID: ID<Supporter>, kind: Kind, subjectID: String,
        period: String, dueOn: CivilDate, dueAt: Instant, series: Series? = nil,
        occurrence: Int = 1, confirmedAt: Instant? = nil, consent: Consent? = nil,
        state: ReminderState = .scheduled, reason: String? = nil, version: Int64 = 1,
        createdAt: Instant
    ) {
        self.id = id
        self.supporterID = supporterID
        self.kind = kind
        self.subjectID = subjectID
        self.period = period
        self.dueOn = dueOn
        self.dueAt = dueAt
        self.series = series
        self.occurrence = occurrence
        self.confirmedAt = confirmedAt
        self.consent = consent
        self.state = state
        self.reason = reason
        self.version = version
        self.createdAt = createdAt
    }

    /// The data of an event about the reminder, without personal data.
    package func eventData(previous: ReminderState? = nil) -> JSON {
        .members([
            "reminder_id": .string(id.text), "supporter_id": .string(supporterID.text),
            "kind": .string(kind.rawValue), "subject_id": .string(subjectID),
            "period": .string(period), "due_at": .string(dueAt.rfc3339),
            "every_months": series.map { .integer(Int64($0.everyMonths)) },
            "state": .string(state.rawValue),
            "previous_state": previous.map { .string($0.rawValue) },
            "reason": reason.map { .string($0) },
        ])
    }
}

package enum ReminderState: String, CaseIterable, Sendable {
    case scheduled, queued, sent, failed, skipped, cancelled
}

/// Why a reminder that was due is not wanted any more.
package enum SkipReason: String, CaseIterable, Sendable {
    /// The reader has a live pledge, or has given since.
    case alreadySupports
    /// The address opted out, bounced or complained.
    case suppressed
    /// The address never confirmed, and has had its one mail in twelve months.
    case mailedRecently
    /// The reminder needs a click on its confirmation link first, and there was none.
    case notConfirmed
    /// The pledge or method that it is about has changed or ended.
    case subjectChanged
    /// It is too late to be useful.
    case tooLate
    /// The person was forgotten.
    case erased
    /// It was due before this copy of the book was restored; the other copy may have sent it.
    case perhapsSent
}

/// What can happen to a reminder.
package enum ReminderCause: String, CaseIterable, Sendable {
    case due, unwanted, cancelAsked, mailAccepted, mailRefused
}

package enum ReminderAction: Hashable, Sendable {
    /// Insert the reminder's mail.
    case queueMail
    /// Schedule the next step of a series.
    case scheduleNext
}

extension ReminderState {
    /// Returns what `cause` does to a reminder in this state.
    package func on(_ cause: ReminderCause) -> Step<ReminderState, ReminderAction> {
        switch (self, cause) {
        case (.scheduled, .due):
            .move(to: .queued, .reminderQueued, [.queueMail, .scheduleNext])
        // What changed after the mail was queued is found when the mail is about to be sent.
        case (.scheduled, .unwanted), (.queued, .unwanted): .move(to: .skipped, .reminderSkipped)
        case (.scheduled, .cancelAsked): .move(to: .cancelled, .reminderCancelled)
        case (.queued, .mailAccepted): .move(to: .sent, .reminderSent)
        case (.queued, .mailRefused): .move(to: .failed, .reminderFailed)
        case (.queued, .cancelAsked), (.sent, .cancelAsked):
            .refuse("the reminder's mail was sent or is about to be sent")
        case (.failed, .cancelAsked), (.skipped, .cancelAsked):
            .refuse("the reminder is over (\(rawValue))")
        case (.scheduled, .mailAccepted), (.scheduled, .mailRefused), (.queued, .due),
            (.sent, .due), (.sent, .unwanted), (.sent, .mailAccepted),
            (.sent, .mailRefused), (.failed, .due), (.failed, .unwanted),
            (.failed, .mailAccepted), (.failed, .mailRefused), (.skipped, .due),
            (.skipped, .unwanted), (.skipped, .mailAccepted), (.skipped, .mailRefused),
            (.cancelled, .due), (.cancelled, .unwanted), (.cancelled, .mailAccepted),
            (.cancelled, .mailRefused), (.cancelled, .cancelAsked):
            .stay
        }
    }
}
