import Pledging
import Store

/// How a reminder changes: every subject moves it by these.
struct ReminderMoves {
    let change: Change

    /// What was promised about a pledge, a method or a charge is not wanted any more.
    func cancel(about subjectID: String) throws {
        for reminder in try change.store.scheduledReminders(about: subjectID) {
            try cancel(reminder)
        }
    }

    @discardableResult
    func cancel(_ reminder: Reminder) throws -> Reminder {
        try move(reminder, by: .cancelAsked) ?? reminder
    }

    /// The mail of a queued reminder was accepted by the transport, or never will be, for `reason`.
    func settle(_ reminder: Reminder, failedBecause reason: String?) throws {
        _ = try move(reminder, by: reason == nil ? .mailAccepted : .mailRefused) {
            $0.reason = reason
        }
    }

    /// The reminder that a mail belongs to moves with it; a confirmation's own reminder does not.
    func settle(
        _ id: ID<Reminder>?, withMailOf kind: QueuedMail.Kind, failedBecause reason: String?
    ) throws {
        guard kind != .confirmReminder, let id, let reminder = try change.store.reminder(id)
        else { return }
        try settle(reminder, failedBecause: reason)
    }

    /// Terms or confirmation of a reminder that is still scheduled have changed: stores it as its
    /// next version, which is returned.
    @discardableResult
    func reschedule(_ reminder: Reminder) throws -> Reminder {
        var changed = reminder
        changed.version += 1
        try change.store.update(changed, at: change.now)
        try change.emit(.reminderScheduled, changed)
        return changed
    }

    /// One mail for each set of terms asks for the click without which it is never sent.
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
