/// A mail that is owed: what it says is decided, what it looks like is made when it is sent.
package struct QueuedMail: Identified, Hashable, Sendable {
    package static let idPrefix = "msg"

    /// The template's name.
    package enum Kind: String, CaseIterable, Sendable {
        case support, confirmReminder, upcomingCharge, methodExpiring, pauseEnding, addressChanged
        case endpointDisabled

        /// It goes to the newsroom's own operator, who is no supporter.
        package var isForOperator: Bool {
            switch self {
            case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
                .addressChanged:
                false
            case .endpointDisabled: true
            }
        }
    }

    /// What is sealed with the row: the template's own values.
    package struct Parameters: Hashable, Sendable {
        package var amount: Money?
        package var interval: Interval?
        package var date: CivilDate?
        package var month: YearMonth?
        package var everyMonths: Int?
        /// For a notice to a former address alone; every other mail looks the address up.
        package var formerAddress: String?
        /// Why something happened, in words, for an operator.
        package var reason: String?

        package init(
            amount: Money? = nil, interval: Interval? = nil, date: CivilDate? = nil,
            month: YearMonth? = nil, everyMonths: Int? = nil, formerAddress: String? = nil,
            reason: String? = nil
        ) {
            self.amount = amount
            self.interval = interval
            self.date = date
            self.month = month
            self.everyMonths = everyMonths
            self.formerAddress = formerAddress
            self.reason = reason
        }
    }

    package let id: ID<QueuedMail>
    /// Nil for what goes to the operator.
    package let supporterID: ID<Supporter>?
    package let kind: Kind
    package let subjectID: String
    package let period: String
    package let reminderID: ID<Reminder>?
    package let parameters: Parameters
    package let createdAt: Instant

    package init(
        id: ID<QueuedMail>, supporterID: ID<Supporter>?, kind: Kind, subjectID: String,
        period: String, reminderID: ID<Reminder>?, parameters: Parameters, createdAt: Instant
    ) {
        self.id = id
        self.supporterID = supporterID
        self.kind = kind
        self.subjectID = subjectID
        self.period = period
        self.reminderID = reminderID
        self.parameters = parameters
        self.createdAt = createdAt
    }
}
