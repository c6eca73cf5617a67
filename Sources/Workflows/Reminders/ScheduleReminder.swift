package import Pledging
import Store

/// Schedules a reminder for a reader who is not ready to give today: once, or again and again.
package enum ScheduleReminder {
    package struct Request: Sendable {
        package var person: PersonInput
        package var choice: ReminderChoice
        /// A label of the page or form it came through.
        package var door: String
        /// A label of the wording that the reader agreed to.
        package var wording: String
        /// The country that the request came from, if it is known; not stored.
        package var connectionCountry: String?

        package init(
            person: PersonInput, choice: ReminderChoice, door: String, wording: String,
            connectionCountry: String? = nil
        ) {
            self.connectionCountry = connectionCountry
            self.person = person
            self.choice = choice
            self.door = door
            self.wording = wording
        }
    }

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> =
        PersonInput.fields.union([
            .door, .wording, .connectionCountry, .remindIn, .remindOn, .remindEvery,
        ])

    /// Returns the new reminder, or the open one if the request repeats it. Throws Problem:
    /// `.invalid` for a field that breaks a rule; `.notPermitted` when the risk policy refuses, the
    /// address is suppressed, or there were too many requests within an hour; `.conflict` when the
    /// address has too many open reminders.
    package static func run(_ request: Request, in context: Context) async throws -> Reminder {
        // 1. Check everything that does not need the book.
        let contact = try request.person.checked()
        let door = try InputRules.label(request.door, .door, maximumBytes: 64) ?? "cli"
        let wording = try InputRules.label(request.wording, .wording, maximumBytes: 128) ?? "-"
        let question = RiskQuestion(
            contact: contact,
            connection: try InputRules.country(
                request.connectionCountry, field: .connectionCountry))
        let settings = context.settings

        return try await context.answer { change in
            // 2. Refuse readers whom the newsroom's policy refuses, and suppressed addresses.
            try change.admit(question)
            guard try change.store.suppression(of: contact.email) == nil else {
                throw Problem(
                    .notPermitted, field: .email,
                    "is suppressed; an opt-out can be lifted only by a link in a mail to this "
                        + "address")
            }
            // 3. Find or add the supporter, and compute the date in their zone.
            let (supporter, created) = try change.supporters.findOrAdd(contact)
            let zone = try change.zone(of: supporter.contact?.timeZone ?? contact.timeZone)
            let dueOn: CivilDate
            do throws(ReminderDateError) {
                dueOn = try ReminderCalendar.dueDate(
                    for: request.choice, askedOn: zone.date(at: change.now))
            } catch {
                throw Problem(.invalid, field: request.choice.field, error.description)
            }
            let consent = Reminder.Consent(at: change.now, door: door, wording: wording)
            let wanted = try newReminder(
                change.id(), supporter.id, request.choice, dueOn, zone, consent, at: change.now)
            // 4. A repeated request updates a reminder that was never confirmed, and leaves a
            // confirmed one as it is.
            let open = try change.store.openSupportReminders(of: supporter.id)
            if let same = open.first(where: { isSame($0, wanted) }) {
                return try ask(again: same, wanted, created, in: change)
            }
            // 5. Limits.
            guard open.count < settings.openRequestsMaximum else {
                throw Problem(
                    .conflict, "this address has \(open.count) open reminders already; cancel one")
            }
            let limit = settings.siteHourlyMaximum
            let hourAgo = change.now.adding(hours: -1)
            guard try change.store.supportRequests(since: hourAgo, limit: limit) < limit else {
                throw Problem(
                    .notPermitted,
                    "more than \(limit) reminders were requested within an hour; try again later")
            }
            // 6. Row, event, and the mail that asks for confirmation where one is needed.
            try change.store.insert(wanted)
            try change.store.append(created + [try change.event(.reminderScheduled, wanted)])
            try change.reminders.askToConfirm(wanted)
            return wanted
        }
    }

    private static func newReminder(
        _ id: ID<Reminder>, _ supporter: ID<Supporter>, _ choice: ReminderChoice,
        _ dueOn: CivilDate, _ zone: TimeZoneRules, _ consent: Reminder.Consent, at now: Instant
    ) -> Reminder {
        var series: Reminder.Series?
        if case .every(let months) = choice {
            series = Reminder.Series(everyMonths: months, firstOn: dueOn)
        }
        return Reminder(
            id: id, supporterID: supporter, kind: .support, subjectID: id.text, period: "1",
            dueOn: dueOn, dueAt: ReminderCalendar.instant(of: dueOn, in: zone), series: series,
            consent: consent, createdAt: now)
    }

    /// Returns whether a request repeats an open reminder: an address has one recurring reminder at
    /// most, and one one-off per month.
    private static func isSame(_ open: Reminder, _ wanted: Reminder) -> Bool {
        switch (open.series, wanted.series) {
        case (.some, .some): true
        case (nil, nil): open.dueOn.yearMonth == wanted.dueOn.yearMonth
        case (.some, nil), (nil, .some): false
        }
    }

    private static func ask(
        again open: Reminder, _ wanted: Reminder, _ created: [Event], in change: Change
    ) throws -> Reminder {
        guard open.confirmedAt == nil, open.dueOn != wanted.dueOn || open.series != wanted.series
        else { return open }
        var updated = open
        updated.dueOn = wanted.dueOn
        updated.dueAt = wanted.dueAt
        updated.series = wanted.series
        updated.consent = wanted.consent
        try change.store.append(created)
        updated = try change.reminders.reschedule(updated)
        if updated.version <= confirmMailsMaximum {
            try change.reminders.askToConfirm(updated)
        }
        return updated
    }

    /// Mails that ask for confirmation of one reminder; few, because the address may be somebody
    /// else's.
    private static let confirmMailsMaximum: Int64 = 3
}

extension ReminderChoice {
    /// The field of the request that says this.
    fileprivate var field: Problem.Field {
        switch self {
        case .nextMonth, .week, .months: .remindIn
        case .on: .remindOn
        case .every: .remindEvery
        }
    }
}
