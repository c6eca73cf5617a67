package import Pledging
import Store

/// Cancels a reminder and deletes its queued mails.
package enum CancelReminder {
    /// Returns the reminder afterwards. Throws Problem `.notFound` for an unknown one.
    package static func run(_ id: ID<Reminder>, in context: Context) async throws -> Reminder {
        try await context.answer { change in
            let reminder = try change.existing(id)
            try change.store.deleteQueuedMails(for: reminder)
            return try change.reminders.cancel(reminder)
        }
    }
}
