import Pledging
import Store

/// Decides one batch of reminders, and writes the decisions together.
struct ReminderBatch: Sendable {
    private let perhapsSent: Bool
    private let risk: RiskTable
    /// Reminders that were still scheduled.
    private(set) var decided = 0
    private(set) var mails: [QueuedMail] = []
    private(set) var skips: [SkipReason] = []
    private var moved: [Reminder] = []
    private var events: [Event] = []
    private var next: [Reminder] = []
    private var countedHashes: Set<[UInt8]> = []

    /// Decides those of `ids` that are still scheduled; state, event and mail row are written
    /// together. With `perhapsSent` all are skipped, because another copy of the book may have sent
    /// them.
    static func decide(
        _ ids: [ID<Reminder>], perhapsSent: Bool = false, in change: Change
    ) throws -> ReminderBatch {
        var batch = ReminderBatch(perhapsSent: perhapsSent, risk: try change.riskTable())
        for due in try change.store.dueReminders(ids) {
            try batch.decide(due, change)
        }
        try batch.write(to: change)
        return batch
    }

    private init(perhapsSent: Bool, risk: RiskTable) {
        self.risk = risk
        self.perhapsSent = perhapsSent
    }

    /// The decision on a due reminder: a mail with these contents, or none for a reason.
    private enum Decision {
        case queue(MailContents)
        case skip(SkipReason)
    }

    private mutating func decide(_ due: DueReminder, _ change: Change) throws {
        decided += 1
        let decision = try decision(on: due, change)
        let (cause, skip): (ReminderCause, SkipReason?) =
            switch decision {
            case .queue: (.due, nil)
            case .skip(let reason): (.unwanted, reason)
            }
        guard let (state, type, actions) = try due.reminder.state.on(cause).move() else { return }
        var reminder = due.reminder
        reminder.state = state
        reminder.reason = skip?.rawValue
        reminder.version += 1
        moved.append(reminder)
        events.append(try change.event(type, reminder, from: due.reminder.state))
        if let skip { skips.append(skip) }
        for action in actions {
            switch (action, decision) {
            case (.queueMail, .queue(let contents)):
                try queue(contents, reminder, due.emailHash, change)
            case (.queueMail, .skip): break
            case (.scheduleNext, _): try scheduleNext(after: reminder, change)
            }
        }
        // A reminder that is too late itself still has its successors.
        if skip == .tooLate || skip == .perhapsSent {
            try scheduleNext(after: reminder, change)
        }
    }

    private func decision(on due: DueReminder, _ change: Change) throws -> Decision {
        let reminder = due.reminder
        if perhapsSent { return .skip(.perhapsSent) }
        let contents = try change.contents(for: reminder)
        var facts = ReminderFacts(
            kind: reminder.kind, dueAt: reminder.dueAt,
            lacksConfirmation: change.context.settings.confirmation.isNeeded(reminder)
                && reminder.confirmedAt == nil && !reminder.hasOperatorsWord,
            isErased: due.emailHash == nil, suppression: due.suppression,
            supportsAlready: due.supportsAlready, addressIsConfirmed: due.addressIsConfirmed,
            lastSupportMailAt: due.lastSupportMailAt, subjectStands: contents != nil)
        // Where the policy is `refuse`, no mail is sent at all; the recorded reason does not tell.
        if try isRefused(reminder.supporterID, change) { facts.suppression = .all }
        // The same address may be due twice in this batch.
        if let hash = due.emailHash, countedHashes.contains(hash) {
            facts.lastSupportMailAt = change.now
        }
        if let reason = facts.reasonToSkip(at: change.now) { return .skip(reason) }
        return contents.map { .queue($0) } ?? .skip(.subjectChanged)
    }

    private func isRefused(
        _ id: ID<Supporter>, _ change: Change
    ) throws -> Bool {
        guard !risk.allowsAll, let supporter = try change.store.supporter(id) else { return false }
        return try change.policy(for: supporter, by: risk) == .refuse
    }

    private mutating func queue(
        _ contents: MailContents, _ reminder: Reminder, _ hash: [UInt8]?, _ change: Change
    ) throws {
        if reminder.kind == .support, let hash { countedHashes.insert(hash) }
        mails.append(
            try change.mails.mail(
                contents, to: reminder.supporterID, about: reminder.subjectID,
                period: reminder.period, reminder: reminder.id))
    }

    /// Schedules the first step of a series that is still ahead.
    private mutating func scheduleNext(
        after reminder: Reminder, _ change: Change
    ) throws {
        guard let series = reminder.series else { return }
        let zone = try change.zone(
            of: change.store.supporter(reminder.supporterID)?.contact?.timeZone)
        var occurrence = reminder.occurrence + 1
        while let date = ReminderCalendar.date(
            ofOccurrence: occurrence, firstOn: series.firstOn, everyMonths: series.everyMonths)
        {
            let dueAt = ReminderCalendar.instant(of: date, in: zone)
            guard dueAt <= change.now else {
                let step = Reminder(
                    id: try change.id(), supporterID: reminder.supporterID,
                    kind: reminder.kind, subjectID: reminder.subjectID,
                    period: String(occurrence), dueOn: date, dueAt: dueAt, series: series,
                    occurrence: occurrence, confirmedAt: reminder.confirmedAt,
                    consent: reminder.consent, createdAt: change.now)
                next.append(step)
                return
            }
            occurrence += 1
        }
    }

    private func write(to change: Change) throws {
        guard !moved.isEmpty else { return }
        guard try change.store.settle(moved, at: change.now).count == moved.count else {
            throw StaleVersion(id: "a reminder")
        }
        try change.store.enqueue(mails)
        try change.store.countSupportMails(Array(countedHashes), at: change.now)
        let inserted = try change.store.insertNew(next)
        let scheduled = try next.filter { inserted.contains($0.id) }.map {
            try change.event(.reminderScheduled, $0)
        }
        try change.store.append(events + scheduled)
    }
}

extension Reminder {
    /// Whether this is an imported one-off, for whose consent the operator vouches.
    fileprivate var hasOperatorsWord: Bool { series == nil && consent?.door == "import" }
}
