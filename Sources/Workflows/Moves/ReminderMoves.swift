import Pledging
import Store

extension Transaction {
    /// The mail of a queued reminder was accepted by the transport, or never will be.
    func settle(
        _ reminder: Reminder, sent: Bool, reason: String?, in context: Context, at now: Instant
    ) throws {
        let cause: ReminderCause = sent ? .mailAccepted : .mailRefused
        guard let (state, type, _) = try reminder.state.on(cause).move() else { return }
        var settled = reminder
        settled.state = state
        settled.reason = sent ? nil : reason
        settled.version += 1
        try update(settled, at: now)
        try append([try context.event(type, settled, from: reminder.state, at: now)])
    }
}
