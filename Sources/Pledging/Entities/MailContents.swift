/// What a mail says, with what each kind needs and nothing else. It is sealed with the mail's row;
/// what it looks like is made when it is sent.
package enum MailContents: Hashable, Sendable {
    /// The reader asked to be reminded; every so many months, or once.
    case support(everyMonths: Int?)
    case confirmReminder(remindOn: CivilDate, everyMonths: Int?)
    /// A charge that must be announced: the sum that is taken, and the months that it pays for.
    case upcomingCharge(amount: Money, chargeOn: CivilDate, periods: Int)
    case methodExpiring(month: YearMonth?)
    case pauseEnding(nextChargeOn: CivilDate?)
    /// To the address that a reader had before; every other mail looks the address up.
    case addressChanged(formerAddress: String)
    case receipt(Receipt)
    case yearlyReceipt(amount: Money, year: Int, payments: Int)
    case chargeFailed(ChargeFailed)
    /// The reader has to act at the bank: `link` leads to the processor's page, where it has one.
    case actionNeeded(amount: Money, endsOn: CivilDate, link: String?)
    /// The processor is left, and the reader's method with it.
    case methodNeeded(amount: Money, nextChargeOn: CivilDate?)
    /// To the newsroom's operator; `reason` in words.
    case endpointDisabled(reason: String)

    package struct Receipt: Hashable, Sendable {
        package let amount: Money
        package let paidOn: CivilDate
        /// Months that the payment is for.
        package let periods: Int
        package let nextChargeOn: CivilDate?

        package init(
            amount: Money, paidOn: CivilDate, periods: Int, nextChargeOn: CivilDate?
        ) {
            self.amount = amount
            self.paidOn = paidOn
            self.periods = periods
            self.nextChargeOn = nextChargeOn
        }
    }

    package struct ChargeFailed: Hashable, Sendable {
        package let amount: Money
        /// The day on which the pledge ends if nothing is paid.
        package let endsOn: CivilDate
        package let reason: DeclineReason
        /// The day of the next try; nil where there is none.
        package let retryOn: CivilDate?

        package init(
            amount: Money, endsOn: CivilDate, reason: DeclineReason, retryOn: CivilDate?
        ) {
            self.amount = amount
            self.endsOn = endsOn
            self.reason = reason
            self.retryOn = retryOn
        }
    }

    package var kind: QueuedMail.Kind {
        switch self {
        case .support: .support
        case .confirmReminder: .confirmReminder
        case .upcomingCharge: .upcomingCharge
        case .methodExpiring: .methodExpiring
        case .pauseEnding: .pauseEnding
        case .addressChanged: .addressChanged
        case .receipt: .receipt
        case .yearlyReceipt: .yearlyReceipt
        case .chargeFailed: .chargeFailed
        case .actionNeeded: .actionNeeded
        case .methodNeeded: .methodNeeded
        case .endpointDisabled: .endpointDisabled
        }
    }

    /// The address that the mail goes to instead of its reader's present one; nil for most.
    package var formerAddress: String? {
        switch self {
        case .addressChanged(let address): address
        case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
            .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded, .methodNeeded,
            .endpointDisabled:
            nil
        }
    }
}
