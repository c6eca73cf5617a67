import Pledging
import Store

/// One kind of reminder that follows from dates of pledges, charges and methods: whoever has
/// reached the date and has no such reminder yet gets one that is due at once.
struct PromisedReminders: Sendable {
    private let kind: Reminder.Kind
    private let sources: @Sendable (Transaction, _ limit: Int) throws -> [ReminderSource]

    /// Returns all kinds for `today`.
    static func all(on today: CivilDate, in zone: TimeZoneRules) -> [PromisedReminders] {
        let notices = [false, true].map { upcomingCharge(whilePaused: $0, today, zone) }
        let pauseEnding = PromisedReminders(kind: .pauseEnding) {
            try $0.pausesEnding(
                from: today.adding(days: pauseEndingDays - lateDays),
                through: today.adding(days: pauseEndingDays), limit: $1)
        }
        return notices + [pauseEnding] + Dunning.mailDays.map { chargeFailed($0, today) }
            + [chargeUntold(today)]
            + Dunning.bankMailDays.map { days in
                // After an outage one mail is enough, but that one is sent however late it is.
                let next = Dunning.bankMailDays.first { $0 > days }
                return chargeAtBank(days, before: next ?? Dunning.graceDays, today, zone)
            }
            + expiryDays.compactMap { methodExpiring($0, today) }
    }

    /// The notice of a charge. What was announced for a day that is over is announced anew.
    private static func upcomingCharge(
        whilePaused: Bool, _ today: CivilDate, _ zone: TimeZoneRules
    ) -> PromisedReminders {
        let late = { @Sendable in today.adding(days: -DueCharge.announcedThroughDays(months: $0)) }
        let tooLate = DueCharge.noticeDays + DueCharge.catchUpDays
        return PromisedReminders(kind: .upcomingCharge) {
            try $0.pledgesNeedingNotice(
                whilePaused: whilePaused, from: late(1), longFrom: late(DueCharge.longMonths),
                through: today.adding(days: DueCharge.noticeSentDays),
                acceptedSince: zone.instant(of: today.adding(days: -tooLate), hour: 0),
                dueSince: today.adding(days: -DueCharge.catchUpDays), limit: $1)
        }
    }

    /// The reminder of so many days after a charge was first tried. On day 0 it leaves out charges
    /// that will be retried.
    private static func chargeFailed(_ days: Int, _ today: CivilDate) -> PromisedReminders {
        PromisedReminders(kind: .chargeFailed) {
            try $0.failedCharges(
                firstTriedFrom: today.adding(days: -days - lateDays),
                through: today.adding(days: -days), isFirst: days == 0, period: String(days),
                limit: $1)
        }
    }

    /// The reminder of a charge whose first mails no job sent: the pledge does not lapse before one
    /// has left. Each day has its own, so that one that was dropped is made up for.
    private static func chargeUntold(_ today: CivilDate) -> PromisedReminders {
        let last = today.adding(days: -(Dunning.mailDays.first { $0 > 0 } ?? 0) - lateDays)
        return PromisedReminders(kind: .chargeFailed) {
            try $0.untoldCharges(firstTriedBefore: last, period: "late/\(today)", limit: $1)
        }
    }

    /// The reminder of so many days after a charge began to wait for the reader at the bank. It is
    /// one about a failed charge: its mail says how things stand when it is sent.
    private static func chargeAtBank(
        _ days: Int, before end: Int, _ today: CivilDate, _ zone: TimeZoneRules
    ) -> PromisedReminders {
        PromisedReminders(kind: .chargeFailed) {
            try $0.chargesAtBank(
                since: zone.instant(of: today.adding(days: 1 - end), hour: 0),
                until: zone.instant(of: today.adding(days: 1 - days), hour: 0), on: today,
                suffix: String(days), limit: $1)
        }
    }

    private static func methodExpiring(_ daysBefore: Int, _ today: CivilDate) -> PromisedReminders?
    {
        let announced = today.adding(days: daysBefore)
        let month = announced.adding(days: -lateDays).yearMonth
        // Due so many days before the end of the month, or up to `lateDays` later.
        guard month.lastDay <= announced else { return nil }
        return PromisedReminders(kind: .methodExpiring) {
            try $0.methodsExpiring(in: month, suffix: String(daysBefore), limit: $1)
        }
    }

    /// Inserts one page of reminders. Returns false when none is left.
    func insertPage(in change: Change) throws -> Bool {
        let sources = try sources(change.store, PromisedReminders.pageSize)
        let reminders = try sources.map { source in
            Reminder(
                id: try change.id(), supporterID: source.supporterID, kind: kind,
                subjectID: source.subjectID, period: source.period, dueOn: source.date,
                dueAt: change.now, createdAt: change.now)
        }
        let inserted = try change.store.insertNew(reminders)
        try change.store.append(
            reminders.filter { inserted.contains($0.id) }.map {
                try change.event(.reminderScheduled, $0)
            })
        return sources.count == PromisedReminders.pageSize && !inserted.isEmpty
    }

    /// Inserts all such reminders for the newsroom's day at `moment`.
    static func insertAll(at moment: Instant, in context: Context) async throws {
        let promises = try await context.look(at: moment) { look in
            all(on: try look.today(), in: try look.zone())
        }
        for promise in promises {
            var goesOn = true
            while goesOn {
                goesOn = try await context.change(at: moment) { try promise.insertPage(in: $0) }
            }
        }
    }

    private static let pageSize = 500
    private static let pauseEndingDays = 5
    /// Days before the end of the expiry month.
    private static let expiryDays = [7, 30]
    /// Days that an outage may delay such a reminder before it is left out. Notices of charges have
    /// a limit of their own.
    private static let lateDays = Int(ReminderFacts.serviceLateDays)
}
