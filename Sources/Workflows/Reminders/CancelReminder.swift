package import Pledging
import Store

/// A reminder is not wanted any more.
package enum CancelReminder {
    package static func run(_ id: ID<Reminder>, in context: Context) async throws -> Reminder {
        let now = context.now
        return try await context.book.write { transaction in
            guard let reminder = try transaction.reminder(id) else {
                throw Problem.noSuch("reminder", id.text)
            }
            try transaction.deleteQueuedMails(for: reminder)
            return try transaction.cancel(reminder, in: context, at: now)
        }
    }
}
