package import Pledging
import Store

/// Drops mails in a release that were queued before the other copy's last run, because that copy
/// may have sent them. Notices of charges are kept: twice is better than never.
package enum DropQueuedMails {
    /// Drops mails that were queued by `last`. Returns how many.
    package static func run(queuedBy last: Instant, in context: Context) async throws -> Int {
        var dropped = 0
        var position = ""
        while true {
            let after = position
            let mails = try await context.look { look in
                try look.store.waitingMails(createdBy: last, after: after, limit: batchSize)
            }
            guard let end = mails.last else { return dropped }
            dropped += try await context.change { change in
                try mails.count { try $0.kind != .upcomingCharge && drop($0, in: change) }
            }
            position = end.id.text
        }
    }

    private static func drop(_ mail: WaitingMail, in change: Change) throws -> Bool {
        let reason = SkipReason.perhapsSent.rawValue
        guard try change.store.markMailFailed(mail.id, reason: reason) else { return false }
        try change.reminders.settle(
            mail.reminderID, withMailOf: mail.kind, failedBecause: reason)
        return true
    }

    private static let batchSize = 200
}
