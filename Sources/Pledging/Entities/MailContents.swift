/// The contents of a mail: only the values that its kind needs. They are sealed in the mail's row;
/// the mail is rendered when it is sent.
package enum MailContents: Hashable, Sendable {
    /// The reader asked to be reminded: every `everyMonths` months, or once if it is nil.
    case support(everyMonths: Int?)
    case confirmReminder(remindOn: CivilDate, everyMonths: Int?)
    /// A notice of a charge: the sum that is taken, and the months that it pays for.
    case upcomingCharge(amount: Money, chargeOn: CivilDate, periods: Int)
    case methodExpiring(month: YearMonth?)
    case pauseEnding(nextChargeOn: CivilDate?)
    /// To the reader's former address. For every other mail to a reader, the address is looked up.
    case addressChanged(formerAddress: String)
    case receipt(Receipt)
    case yearlyReceipt(amount: Money, year: Int, payments: Int)
    case chargeFailed(ChargeFailed)
    /// The reader has to confirm a payment at the bank, by the day on which the pledge ends.
    case actionNeeded(amount: Money, endsOn: CivilDate)
    /// The newsroom leaves the processor, so the reader's method there can no longer be used.
    case methodNeeded(amount: Money, nextChargeOn: CivilDate?)
    /// The reader's charge failed, and they gave again: both, or only the new one? The amount is
    /// the failed pledge's.
    case bothOrOne(amount: Money, endsOn: CivilDate)
    /// A payment that was not owed was sent back.
    case paymentReturned(amount: Money, paidOn: CivilDate)
    /// A pledge ended because no payment came. `began` is whether one ever had; the amount is that
    /// of one period.
    case pledgeEnded(amount: Money, began: Bool)
    /// To the newsroom's operator: everything that needs a person.
    case attention([Attention.Line])

    package struct Receipt: Hashable, Sendable {
        package let amount: Money
        package let paidOn: CivilDate
        /// How many months the payment is for.
        package let periods: Int
        package let nextChargeOn: CivilDate?
        /// The amount of a failed pledge that ended because its reader gave again.
        package let replaced: Money?
        /// The pledge had been given up, and goes on.
        package let revives: Bool

        package init(
            amount: Money, paidOn: CivilDate, periods: Int, nextChargeOn: CivilDate?,
            replaced: Money? = nil, revives: Bool = false
        ) {
            self.amount = amount
            self.paidOn = paidOn
            self.periods = periods
            self.nextChargeOn = nextChargeOn
            self.replaced = replaced
            self.revives = revives
        }
    }

    package struct ChargeFailed: Hashable, Sendable {
        package let amount: Money
        /// The day on which the pledge ends if nothing is paid.
        package let endsOn: CivilDate
        package let reason: DeclineReason
        /// The day of the next attempt; nil if there is none.
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
        case .bothOrOne: .bothOrOne
        case .paymentReturned: .paymentReturned
        case .pledgeEnded: .pledgeEnded
        case .attention: .attention
        }
    }

    /// The address that the mail goes to instead of its reader's present one; nil for all other
    /// kinds.
    package var formerAddress: String? {
        switch self {
        case .addressChanged(let address): address
        case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
            .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded, .methodNeeded,
            .bothOrOne, .paymentReturned, .pledgeEnded, .attention:
            nil
        }
    }
}
