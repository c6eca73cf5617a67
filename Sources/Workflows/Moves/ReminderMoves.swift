import Pledging
import Store

/// Writes a reminder's changes, for all subjects.
struct ReminderMoves {
    let change: Change

    /// Cancels what is scheduled about a pledge, a method or a charge.
    func cancel(about subjectID: String) throws {
        for reminder in try change.store.scheduledReminders(about: subjectID) {
            try cancel(reminder)
        }
    }

    @discardableResult
    func cancel(_ reminder: Reminder) throws -> Reminder {
        try move(reminder, by: .cancelAsked) ?? reminder
    }

    /// Records that the transport accepted the mail of a queued reminder, or that it failed for
    /// `reason`.
    func settle(_ reminder: Reminder, failedBecause reason: String?) throws {
        _ = try move(reminder, by: reason == nil ? .mailAccepted : .mailRefused) {
            $0.reason = reason
        }
    }

    /// Records that a queued reminder is no longer wanted; its mail is not sent.
    func skip(_ reminder: Reminder, because reason: SkipReason) throws {
        _ = try move(reminder, by: .unwanted) { $0.reason = reason.rawValue }
    }

    /// Settles the reminder that a mail belongs to. A request for confirmation does not settle its
    /// reminder.
    func settle(
        _ id: ID<Reminder>?, withMailOf kind: QueuedMail.Kind, failedBecause reason: String?
    ) throws {
        guard kind != .confirmReminder, let id, let reminder = try change.store.reminder(id)
        else { return }
        try settle(reminder, failedBecause: reason)
    }

    /// Stores and returns the next version of a scheduled reminder whose terms or confirmation have
    /// changed.
    @discardableResult
    func reschedule(_ reminder: Reminder) throws -> Reminder {
        var changed = reminder
        changed.version += 1
        try change.store.update(changed, at: change.now)
        try change.emit(.reminderScheduled, changed)
        return changed
    }

    /// Queues the mail that asks the reader to confirm, if that is needed, once for each set of
    /// terms. Without the confirmation the reminder is not sent.
    func askToConfirm(_ reminder: Reminder) throws {
        guard change.context.settings.confirmation.isNeeded(reminder) else { return }
        try change.mails.queue(
            .confirmReminder(
                remindOn: reminder.dueOn, everyMonths: reminder.series?.everyMonths),
            to: reminder.supporterID, about: reminder.id.text, period: String(reminder.version),
            reminder: reminder.id)
    }

    private func move(
        _ reminder: Reminder, by cause: ReminderCause, fill: (inout Reminder) -> Void = { _ in }
    ) throws -> Reminder? {
        guard let (state, type, _) = try reminder.state.on(cause).move() else { return nil }
        var moved = reminder
        moved.state = state
        moved.version += 1
        fill(&moved)
        try change.store.update(moved, at: change.now)
        try change.emit(type, moved, from: reminder.state)
        return moved
    }
}

extension Change {
    var reminders: ReminderMoves { ReminderMoves(change: self) }
}
