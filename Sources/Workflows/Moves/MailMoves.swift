import Pledging
import Store

/// How mails are owed: every subject queues them by these.
struct MailMoves {
    let change: Change

    /// A mail that is owed to a supporter, or to the operator where there is none. Subject, kind
    /// and period name it: one that is owed twice is one. It leaves from `moment` on.
    func mail(
        _ contents: MailContents, to supporter: ID<Supporter>?, about subjectID: String,
        period: String, reminder: ID<Reminder>? = nil, from moment: Instant? = nil
    ) throws -> QueuedMail {
        QueuedMail(
            id: try change.id(), supporterID: supporter, contents: contents,
            subjectID: subjectID, period: period, reminderID: reminder,
            createdAt: moment ?? change.now)
    }

    /// Queues it; false when it is owed already.
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
