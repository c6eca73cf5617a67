package import Pledging
import Store

/// Decides every reminder that is due, a batch to a transaction: state, event and mail row move
/// together. Killed anywhere, run again or twice at once, each reminder makes one mail row.
/// DeliverMail sends what stands there.
package enum SendReminders {
    package struct Summary: Hashable, Sendable {
        /// Reminders that were due and decided.
        package var claimed = 0
        package var queued = 0
        package var skipped = 0
        /// By reason, for people who wonder.
        package var skippedBecause: [SkipReason: Int] = [:]
        /// `support` reminders that wait until the newsroom has its legal name and address.
        package var waiting = 0

        package var json: JSON {
            .members([
                "claimed": .integer(Int64(claimed)), "queued": .integer(Int64(queued)),
                "skipped": .integer(Int64(skipped)), "waiting": .integer(Int64(waiting)),
                "skipped_because": .object(
                    skippedBecause.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                        JSON.Member(name: $0.key.rawValue, value: .integer(Int64($0.value)))
                    }),
            ])
        }
    }

    /// Everything that is due, up to `limit`; with `isDryRun` nothing is kept.
    package static func run(
        limit: Int? = nil, isDryRun: Bool = false, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "reminders")
        let now = context.now
        if isDryRun {
            return try await context.book.rehearse { transaction in
                var summary = Summary()
                while try step(transaction, &summary, limit, context, now) {}
                summary.waiting = try waiting(transaction, now)
                return summary
            }
        }
        var summary = Summary()
        var goesOn = true
        while goesOn {
            let before = summary
            (summary, goesOn) = try await context.book.write { transaction in
                var after = before
                let goesOn = try step(transaction, &after, limit, context, now)
                return (after, goesOn)
            }
            progress(summary.claimed)
        }
        summary.waiting = try await context.book.read { try waiting($0, now) }
        return summary
    }

    /// One batch. False when nothing more is to be done.
    private static func step(
        _ transaction: Transaction, _ summary: inout Summary, _ limit: Int?, _ context: Context,
        _ now: Instant
    ) throws -> Bool {
        // 1. Dates of pledges and methods become reminders that are due at once.
        if summary.claimed == 0 { try promise(transaction, context, now) }
        // 2. The next due ones, with all that decides about them.
        let size = min(batchSize, (limit ?? Int.max) - summary.claimed)
        guard size > 0 else { return false }
        let newsroom = try transaction.newsroom()
        let due = try transaction.dueReminders(
            by: now, withSupport: newsroom.maySendSupportMail, limit: size)
        // 3. The decision, and everything that follows from it.
        var batch = Batch(context: context, now: now)
        for item in due { try batch.decide(item, transaction) }
        try batch.write(to: transaction)
        summary.claimed += due.count
        summary.queued += batch.mails.count
        for reason in batch.skips {
            summary.skipped += 1
            summary.skippedBecause[reason, default: 0] += 1
        }
        return due.count == size
    }

    private static func waiting(_ transaction: Transaction, _ now: Instant) throws -> Int {
        guard try !transaction.newsroom().maySendSupportMail else { return 0 }
        return try transaction.dueSupportReminders(by: now, limit: waitingMaximum)
    }

    /// Rows to a transaction: large enough to share its cost, short enough for other writers.
    private static let batchSize = 500
    /// Beyond this the exact number tells nobody more.
    private static let waitingMaximum = 1_000_000

    // MARK: What dates promise

    private static func promise(
        _ transaction: Transaction, _ context: Context, _ now: Instant
    ) throws {
        let today = try transaction.today(at: now)
        try insert(.upcomingCharge, context, now, transaction) {
            try transaction.pledgesNeedingNotice(
                from: today, through: today.adding(days: noticeDays), limit: batchSize)
        }
        try insert(.pauseEnding, context, now, transaction) {
            try transaction.pausesEnding(
                from: today.adding(days: pauseEndingDays - lateDays),
                through: today.adding(days: pauseEndingDays), limit: batchSize)
        }
        for daysBefore in expiryDays {
            let announced = today.adding(days: daysBefore)
            let month = announced.adding(days: -lateDays).yearMonth
            // Due when the month's end is that far away, or was within the days before.
            guard month.lastDay <= announced else { continue }
            try insert(.methodExpiring, context, now, transaction) {
                try transaction.methodsExpiring(
                    in: month, suffix: String(daysBefore), limit: batchSize)
            }
        }
    }

    /// Inserts page after page until none is left that has no reminder yet.
    private static func insert(
        _ kind: Reminder.Kind, _ context: Context, _ now: Instant, _ transaction: Transaction,
        _ page: () throws -> [ReminderSource]
    ) throws {
        while true {
            let sources = try page()
            let reminders = try sources.map { source in
                Reminder(
                    id: try context.id(at: now), supporterID: source.supporterID, kind: kind,
                    subjectID: source.subjectID, period: source.period, dueOn: source.date,
                    dueAt: now, createdAt: now)
            }
            let inserted = try transaction.insertNew(reminders)
            try transaction.append(
                reminders.filter { inserted.contains($0.id) }.map {
                    try context.event(.reminderScheduled, $0, at: now)
                })
            guard sources.count == batchSize, !inserted.isEmpty else { return }
        }
    }

    /// Days before a charge on which its notice goes out.
    private static let noticeDays = 14
    private static let pauseEndingDays = 5
    /// Days before the end of the expiry month.
    private static let expiryDays = [7, 30]
    /// Days that an outage may delay a promise before it is left out; a charge's notice never is.
    private static let lateDays = Int(ReminderFacts.serviceLateDays)
}

/// The decisions of one batch, written together.
private struct Batch {
    let context: Context
    let now: Instant
    private(set) var mails: [QueuedMail] = []
    private(set) var skips: [SkipReason] = []
    private var moved: [Reminder] = []
    private var events: [Event] = []
    private var next: [Reminder] = []
    private var countedHashes: Set<[UInt8]> = []

    init(context: Context, now: Instant) {
        self.context = context
        self.now = now
    }

    mutating func decide(_ due: DueReminder, _ transaction: Transaction) throws {
        var reminder = due.reminder
        let parameters = try transaction.parameters(for: reminder)
        var facts = ReminderFacts(
            kind: reminder.kind, dueAt: reminder.dueAt,
            lacksConfirmation: context.settings.confirmation.isNeeded(reminder)
                && reminder.confirmedAt == nil && !reminder.hasOperatorsWord,
            isErased: due.emailHash == nil, suppression: due.suppression,
            supportsAlready: due.supportsAlready, addressIsConfirmed: due.addressIsConfirmed,
            lastSupportMailAt: due.lastSupportMailAt, subjectStands: parameters != nil)
        // The same address may be due twice in this very batch.
        if let hash = due.emailHash, countedHashes.contains(hash) { facts.lastSupportMailAt = now }
        let skip = facts.reasonToSkip(at: now)
        let cause: ReminderCause = skip == nil ? .due : .unwanted
        guard let (state, type, actions) = try reminder.state.on(cause).move() else { return }
        reminder.state = state
        reminder.reason = skip?.rawValue
        reminder.version += 1
        moved.append(reminder)
        events.append(try context.event(type, reminder, from: due.reminder.state, at: now))
        if let skip { skips.append(skip) }
        for action in actions {
            switch action {
            case .queueMail: try queue(reminder, parameters ?? .init(), due.emailHash)
            case .scheduleNext: try scheduleNext(after: reminder, transaction)
            }
        }
        // One that came too late for itself still has its successors.
        if skip == .tooLate { try scheduleNext(after: reminder, transaction) }
    }

    private mutating func queue(
        _ reminder: Reminder, _ parameters: QueuedMail.Parameters, _ hash: [UInt8]?
    ) throws {
        guard let kind = QueuedMail.Kind(rawValue: reminder.kind.rawValue) else { return }
        if reminder.kind == .support, let hash { countedHashes.insert(hash) }
        mails.append(
            QueuedMail(
                id: try context.id(at: now), supporterID: reminder.supporterID, kind: kind,
                subjectID: reminder.subjectID, period: reminder.period, reminderID: reminder.id,
                parameters: parameters, createdAt: now))
    }

    /// A series goes on with its first step that still lies ahead.
    private mutating func scheduleNext(
        after reminder: Reminder, _ transaction: Transaction
    ) throws {
        guard let series = reminder.series else { return }
        let zone = try transaction.zone(
            transaction.supporter(reminder.supporterID)?.contact?.timeZone)
        var occurrence = reminder.occurrence + 1
        while let date = ReminderCalendar.date(
            ofOccurrence: occurrence, firstOn: series.firstOn, everyMonths: series.everyMonths)
        {
            let dueAt = ReminderCalendar.instant(of: date, in: zone)
            guard dueAt <= now else {
                let step = Reminder(
                    id: try context.id(at: now), supporterID: reminder.supporterID,
                    kind: reminder.kind, subjectID: reminder.subjectID,
                    period: String(occurrence), dueOn: date, dueAt: dueAt, series: series,
                    occurrence: occurrence, confirmedAt: reminder.confirmedAt,
                    consent: reminder.consent, createdAt: now)
                next.append(step)
                return
            }
            occurrence += 1
        }
    }

    func write(to transaction: Transaction) throws {
        guard !moved.isEmpty else { return }
        guard try transaction.settle(moved, at: now).count == moved.count else {
            throw StaleVersion(id: "a reminder")
        }
        try transaction.enqueue(mails)
        try transaction.countSupportMails(Array(countedHashes), at: now)
        let inserted = try transaction.insertNew(next)
        let scheduled = try next.filter { inserted.contains($0.id) }.map {
            try context.event(.reminderScheduled, $0, at: now)
        }
        try transaction.append(events + scheduled)
    }
}

extension Transaction {
    /// What the mail will say; nil when the pledge or method is no longer as it was.
    fileprivate func parameters(for reminder: Reminder) throws -> QueuedMail.Parameters? {
        switch reminder.kind {
        case .support:
            return QueuedMail.Parameters(everyMonths: reminder.series?.everyMonths)
        case .upcomingCharge:
            guard let pledge = try pledge(ID(parsing: reminder.subjectID)),
                pledge.state == .active, pledge.nextChargeOn?.description == reminder.period
            else { return nil }
            return .init(
                amount: pledge.amount, interval: pledge.interval, date: pledge.nextChargeOn)
        case .pauseEnding:
            guard let pledge = try pledge(ID(parsing: reminder.subjectID)),
                pledge.pausedUntil?.description == reminder.period
            else { return nil }
            return .init(date: pledge.nextChargeOn)
        case .methodExpiring:
            guard let method = try paymentMethod(ID(parsing: reminder.subjectID)),
                method.state.isUsable, try !livePledges(payingBy: method).isEmpty
            else { return nil }
            return .init(month: method.expires)
        case .chargeFailed: return nil
        }
    }
}

extension Reminder {
    /// An imported one-off: the operator vouches for the consent, bound to the file.
    fileprivate var hasOperatorsWord: Bool { series == nil && consent?.door == "import" }
}
