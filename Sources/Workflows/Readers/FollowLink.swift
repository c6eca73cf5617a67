import Pledging
import Store

/// A reader follows a link in a mail of ours, and so proves that the mailbox is theirs.
package enum FollowLink {
    package enum Wish: String, CaseIterable, Sendable {
        /// Yes, remind me.
        case confirm
        /// No more reminders to this address.
        case unsubscribe
        /// I said no before; reminders are welcome again. What others put there stays.
        case subscribe
    }

    package static func run(
        _ token: String, _ wish: Wish, in context: Context
    ) async throws {
        let now = context.now
        try await context.book.write { transaction in
            guard let link = try transaction.link(token, at: now) else { throw OpenLink.unknown }
            // A link to a former address says nothing about the one that took its place.
            let contact = try transaction.supporter(link.supporterID)?.contact
            let present = try contact.flatMap {
                try transaction.keys.isHash(link.emailHash, of: $0.email) ? $0.email : nil
            }
            let file =
                try present.map { try transaction.file(on: $0) }
                ?? transaction.file(onHash: link.emailHash)
            switch wish {
            case .unsubscribe:
                try transaction.suppress(file: file, .support, .optOut, at: now)
                guard present != nil else { return }
                for open in try transaction.openSupportReminders(of: link.supporterID) {
                    try transaction.cancel(open, in: context, at: now)
                }
            case .subscribe: try transaction.liftSuppression(file: file, .optOut)
            case .confirm:
                guard present != nil else {
                    throw Problem(.conflict, "the address has changed since that mail")
                }
                try transaction.confirm(link.supporterID, in: context, at: now)
                guard let id = link.reminderID, var reminder = try transaction.reminder(id),
                    reminder.state == .scheduled, reminder.confirmedAt == nil
                else { return }
                reminder.confirmedAt = now
                reminder.version += 1
                try transaction.update(reminder, at: now)
                try transaction.append([
                    try context.event(.reminderScheduled, reminder, at: now)
                ])
            }
        }
    }
}

extension Transaction {
    fileprivate func confirm(
        _ id: ID<Supporter>, in context: Context, at now: Instant
    ) throws {
        guard var supporter = try supporter(id), supporter.contact != nil,
            supporter.confirmedAt == nil
        else { return }
        supporter.confirmedAt = now
        supporter.version += 1
        try update(supporter, at: now)
        try append([try context.event(.supporterUpdated, supporter, at: now)])
    }
}
