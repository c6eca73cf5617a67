import Pledging
import Store

/// Queues mails, for all subjects.
struct MailMoves {
    let change: Change

    /// Makes a mail to a supporter, or to the operator when `supporter` is nil. Subject, kind and
    /// period identify it, so that it is queued once. It is sent from `moment` on; nil is now.
    func mail(
        _ contents: MailContents, to supporter: ID<Supporter>?, about subjectID: String,
        period: String, reminder: ID<Reminder>? = nil, from moment: Instant? = nil
    ) throws -> QueuedMail {
        QueuedMail(
            id: try change.id(), supporterID: supporter, contents: contents,
            subjectID: subjectID, period: period, reminderID: reminder,
            createdAt: moment ?? change.now)
    }

    /// Queues a mail. Returns false when it was queued before.
    @discardableResult
    func queue(
        _ contents: MailContents, to supporter: ID<Supporter>?, about subjectID: String,
        period: String, reminder: ID<Reminder>? = nil, from moment: Instant? = nil
    ) throws -> Bool {
        let mail = try mail(
            contents, to: supporter, about: subjectID, period: period, reminder: reminder,
            from: moment)
        return try !change.store.enqueue([mail]).isEmpty
    }
}

extension Change {
    var mails: MailMoves { MailMoves(change: self) }
}
