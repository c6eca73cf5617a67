import Pledging
import Store

/// One kind of reminder that the dates of pledges and methods promise: whoever has reached the date
/// and has no reminder of it yet gets one that is due at once.
struct PromisedReminders: Sendable {
    private let kind: Reminder.Kind
    private let sources: @Sendable (Transaction, _ limit: Int) throws -> [ReminderSource]

    /// Everything that is promised for `today`.
    static func all(on today: CivilDate) -> [PromisedReminders] {
        let upcomingCharge = PromisedReminders(kind: .upcomingCharge) {
            try $0.pledgesNeedingNotice(
                from: today.adding(days: -DueCharge.catchUpDays),
                through: today.adding(days: DueCharge.noticeSentDays), limit: $1)
        }
        let pauseEnding = PromisedReminders(kind: .pauseEnding) {
            try $0.pausesEnding(
                from: today.adding(days: pauseEndingDays - lateDays),
                through: today.adding(days: pauseEndingDays), limit: $1)
        }
        return [upcomingCharge, pauseEnding] + Dunning.mailDays.map { chargeFailed($0, today) }
            + expiryDays.compactMap { methodExpiring($0, today) }
    }

    /// So many days after a charge was first tried. A soft decline is tried again in silence first,
    /// and whoever is to act at the bank has a mail of that already.
    private static func chargeFailed(_ days: Int, _ today: CivilDate) -> PromisedReminders {
        PromisedReminders(kind: .chargeFailed) {
            try $0.failedCharges(
                firstTriedFrom: today.adding(days: -days - lateDays),
                through: today.adding(days: -days), isFirst: days == 0, period: String(days),
                limit: $1)
        }
    }

    private static func methodExpiring(_ daysBefore: Int, _ today: CivilDate) -> PromisedReminders?
    {
        let announced = today.adding(days: daysBefore)
        let month = announced.adding(days: -lateDays).yearMonth
        // Due when the month's end is that far away, or was within the days before.
        guard month.lastDay <= announced else { return nil }
        return PromisedReminders(kind: .methodExpiring) {
            try $0.methodsExpiring(in: month, suffix: String(daysBefore), limit: $1)
        }
    }

    /// Inserts one page of them. False when none is left.
    func insertPage(
        _ transaction: Transaction, in context: Context, at now: Instant
    ) throws -> Bool {
        let sources = try sources(transaction, PromisedReminders.pageSize)
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
        return sources.count == PromisedReminders.pageSize && !inserted.isEmpty
    }

    private static let pageSize = 500
    private static let pauseEndingDays = 5
    /// Days before the end of the expiry month.
    private static let expiryDays = [7, 30]
    /// Days that an outage may delay a promise before it is left out; a charge's notice never is.
    private static let lateDays = Int(ReminderFacts.serviceLateDays)
}
