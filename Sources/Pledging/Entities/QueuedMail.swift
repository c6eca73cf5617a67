/// A mail that waits to be sent. Its contents are fixed; it is rendered when it is sent.
package struct QueuedMail: Identified, Hashable, Sendable {
    package static let idPrefix = "msg"

    package enum Kind: String, CaseIterable, Sendable {
        case support, confirmReminder, upcomingCharge, methodExpiring, pauseEnding, addressChanged
        case receipt, yearlyReceipt, chargeFailed, actionNeeded, methodNeeded, paymentReturned
        case bothOrOne, pledgeEnded, attention

        /// Whether it goes to the newsroom's operator, who is not a supporter.
        package var isForOperator: Bool {
            switch self {
            case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
                .addressChanged, .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded,
                .methodNeeded, .paymentReturned, .bothOrOne, .pledgeEnded:
                false
            case .attention: true
            }
        }
    }

    package let id: ID<QueuedMail>
    /// Nil for a mail to the operator.
    package let supporterID: ID<Supporter>?
    package var contents: MailContents
    /// The id of what it is about. Kind, subject and period identify a mail, so none is queued
    /// twice.
    package let subjectID: String
    package let period: String
    package let reminderID: ID<Reminder>?
    package let createdAt: Instant

    package init(
        id: ID<QueuedMail>, supporterID: ID<Supporter>?, contents: MailContents,
        subjectID: String, period: String, reminderID: ID<Reminder>?, createdAt: Instant
    ) {
        self.id = id
        self.supporterID = supporterID
        self.contents = contents
        self.subjectID = subjectID
        self.period = period
        self.reminderID = reminderID
        self.createdAt = createdAt
    }

    package var kind: Kind { contents.kind }

    /// How the reason begins of a mail that could not be handed over for days. It says nothing
    /// about its address.
    package static let givenUp = "given up"
}
