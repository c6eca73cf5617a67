import Pledging
import Store

/// Does what a reader asks for by a link in a mail. The link proves that the mailbox is theirs.
package enum FollowLink {
    package enum Wish: String, CaseIterable, Sendable {
        /// Confirms a reminder.
        case confirm
        /// Stops reminders to this address.
        case unsubscribe
        /// Takes back the reader's own opt-out. What others suppressed stays suppressed.
        case subscribe
    }

    /// Throws Problem: `.notFound` for a link that is unknown or has expired, `.conflict` when a
    /// confirmation comes from a former address.
    package static func run(
        _ token: String, _ wish: Wish, in context: Context
    ) async throws {
        try await context.change { change in
            guard let link = try change.store.link(token, at: change.now) else {
                throw OpenLink.unknown
            }
            // A link to a former address says nothing about the present one.
            let contact = try change.store.supporter(link.supporterID)?.contact
            let present = try contact.flatMap {
                try change.store.keys.isHash(link.emailHash, of: $0.email) ? $0.email : nil
            }
            let key =
                try present.map { try change.store.suppressionKey(of: $0) }
                ?? change.store.suppressionKey(ofHash: link.emailHash)
            switch wish {
            case .unsubscribe:
                try change.store.suppress(key: key, .support, .optOut, at: change.now)
                guard present != nil else { return }
                for open in try change.store.openSupportReminders(of: link.supporterID) {
                    try change.reminders.cancel(open)
                }
            case .subscribe: try change.store.liftSuppression(key: key, .optOut)
            case .confirm:
                guard present != nil else {
                    throw Problem(.conflict, "the address has changed since that mail")
                }
                try confirm(link, in: change)
            }
        }
    }

    private static func confirm(_ link: MailLink, in change: Change) throws {
        if var supporter = try change.store.supporter(link.supporterID),
            supporter.contact != nil, supporter.confirmedAt == nil
        {
            supporter.confirmedAt = change.now
            supporter.version += 1
            try change.supporters.write(supporter, .supporterUpdated)
        }
        guard let id = link.reminderID, var reminder = try change.store.reminder(id),
            reminder.state == .scheduled, reminder.confirmedAt == nil
        else { return }
        reminder.confirmedAt = change.now
        try change.reminders.reschedule(reminder)
    }
}
