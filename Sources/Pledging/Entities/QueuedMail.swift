/// A mail that is owed: what it says is decided, what it looks like is made when it is sent.
package struct QueuedMail: Identified, Hashable, Sendable {
    package static let idPrefix = "msg"

    /// The template's name.
    package enum Kind: String, CaseIterable, Sendable {
        case support, confirmReminder, upcomingCharge, methodExpiring, pauseEnding, addressChanged
        case receipt, yearlyReceipt, chargeFailed, actionNeeded, methodNeeded
        case endpointDisabled

        /// It goes to the newsroom's own operator, who is no supporter.
        package var isForOperator: Bool {
            switch self {
            case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
                .addressChanged, .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded,
                .methodNeeded:
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
        /// Why a charge failed.
        package var declineReason: DeclineReason?
        /// The processor's page on which the reader acts.
        package var link: String?
        /// Months that one payment is for.
        package var periods: Int?
        /// Payments that a yearly receipt sums up.
        package var charges: Int?
        /// The next charge after the one that the mail is about; of a failed one, the next try.
        package var nextDate: CivilDate?

        package init(
            amount: Money? = nil, interval: Interval? = nil, date: CivilDate? = nil,
            month: YearMonth? = nil, everyMonths: Int? = nil, formerAddress: String? = nil,
            reason: String? = nil, declineReason: DeclineReason? = nil, link: String? = nil,
            periods: Int? = nil, charges: Int? = nil, nextDate: CivilDate? = nil
        ) {
            self.amount = amount
            self.interval = interval
            self.date = date
            self.month = month
            self.everyMonths = everyMonths
            self.formerAddress = formerAddress
            self.reason = reason
            self.declineReason = declineReason
            self.link = link
            self.periods = periods
            self.charges = charges
            self.nextDate = nextDate
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
