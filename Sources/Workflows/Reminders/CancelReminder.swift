package import Pledging
import Store

/// A reminder is not wanted any more.
package enum CancelReminder {
    package static func run(_ id: ID<Reminder>, in context: Context) async throws -> Reminder {
        try await context.answer { change in
            let reminder = try change.existing(id)
            try change.store.deleteQueuedMails(for: reminder)
            return try change.reminders.cancel(reminder)
        }
    }
}
