package import Pledging
import Store

/// Records money for a pledge that arrived another way: by bank transfer, in cash, through a former
/// system. It pays the charge that is open, or else the pledge's next period.
package enum RecordPayment {
    package struct Request: Sendable {
        package var pledgeID: ID<Pledge>
        /// Nil means the amount of the charge that is paid.
        package var amount: String?
        /// Nil means today.
        package var paidOn: CivilDate?
        package var note: String
        /// A second, like payment within `likeDays` is meant, not a mistake.
        package var isSecond: Bool

        package init(
            pledgeID: ID<Pledge>, amount: String? = nil, paidOn: CivilDate? = nil, note: String,
            isSecond: Bool = false
        ) {
            self.pledgeID = pledgeID
            self.amount = amount
            self.paidOn = paidOn
            self.note = note
            self.isSecond = isSecond
        }
    }

    /// Returns the paid charge. Throws Problem: `.invalid` for a day in the future or over a month
    /// before the pledge, or an amount or a note that breaks a rule; `.conflict` when the pledge is
    /// over, the open charge is in doubt or waits for the reader, its amount is another one,
    /// nothing is open for a single payment, or it is like one that was recorded before.
    package static func run(_ request: Request, in context: Context) async throws -> Charge {
        let note = try InputRules.note(request.note)
        return try await context.answer { change in
            let pledge = try change.existing(request.pledgeID)
            try pledge.refuseIfOver()
            // 1. When it came, which must not be in the future.
            let today = try change.today()
            let day = request.paidOn ?? today
            guard day <= today else {
                throw Problem(.invalid, field: .paidOn, "must not be later than today")
            }
            let first = pledge.startedOn.adding(months: -1)
            guard day >= first else {
                throw Problem(
                    .invalid, field: .paidOn,
                    "must not be earlier than \(first), a month before the pledge began")
            }
            let paidAt = day == today ? change.now : try change.zone().instant(of: day, hour: 12)
            // 2. The charge that it pays: an open one, or else the next.
            let open = try change.store.openCharge(of: pledge.id)
            let amount = try request.amount.map { try money($0, pledge.amount.currency) }
            if !request.isSecond {
                let like = amount ?? open?.amount ?? pledge.chargeAmount
                try refuseLike(like, at: paidAt, of: pledge.id, in: change)
            }
            if let open {
                return try pay(open, of: pledge, amount, note, paidAt, in: change)
            }
            return try payNext(pledge, amount, note, paidAt, in: change)
        }
    }

    private static func pay(
        _ charge: Charge, of pledge: Pledge, _ amount: Money?, _ note: String,
        _ paidAt: Instant, in change: Change
    ) throws -> Charge {
        guard charge.state != .actionRequired else {
            // A pledge that has not begun cannot pause.
            let cure =
                pledge.state == .pending
                ? "end it with 'mainstay pledge cancel', then register and record it anew"
                : "call it off with 'mainstay pledge pause', then record this payment"
            throw Problem(
                .conflict,
                "charge \(charge.id) waits for the reader, who may still pay it at the bank's "
                    + "page; \(cure)")
        }
        guard !charge.state.isInDoubt else {
            throw Problem(
                .conflict,
                "charge \(charge.id) is \(charge.state.rawValue): the processor may have taken the "
                    + "money too; run 'mainstay run reconcile' or 'charge resolve' first")
        }
        if let amount, amount != charge.amount {
            throw Problem(
                .conflict, field: .amount,
                "charge \(charge.id) is open with an amount of \(charge.amount); record a "
                    + "different amount for a pledge of its own")
        }
        let paid = try change.booking.move(charge, by: .succeeded) {
            $0.paidAt = paidAt
            $0.processor = nil
            $0.note = note
        }
        return paid ?? charge
    }

    private static func payNext(
        _ pledge: Pledge, _ amount: Money?, _ note: String, _ paidAt: Instant,
        in change: Change
    ) throws -> Charge {
        guard pledge.interval != .once || pledge.nextPeriod == 1 else {
            throw Problem(
                .conflict, "this one-off pledge had its charge already; nothing is left to pay")
        }
        let charge = Charge(
            id: try change.id(), pledgeID: pledge.id, supporterID: pledge.supporterID,
            firstPeriod: pledge.nextPeriod, periodCount: pledge.collectEvery,
            amount: amount ?? pledge.chargeAmount,
            dueOn: pledge.dueBeforePause ?? pledge.nextChargeOn ?? pledge.startedOn,
            state: .succeeded, paidAt: paidAt, note: note, createdAt: change.now)
        try change.charges.begin(charge, .chargeSucceeded)
        let advanced = try change.store.advance(
            pledge, by: pledge.collectEvery, at: change.now)
        try change.booking.succeed(charge, from: .submitted, of: advanced)
        return charge
    }

    private static func refuseLike(
        _ amount: Money, at paidAt: Instant, of pledge: ID<Pledge>, in change: Change
    ) throws {
        let margin = likeDays
        let like = try change.store.paymentsByHand(
            of: pledge, amount, from: paidAt.adding(days: -margin),
            through: paidAt.adding(days: margin))
        guard let like = like.first else { return }
        throw Problem(
            .conflict, field: .isSecond,
            "is needed: charge \(like) is a like payment within \(margin) days, recorded by hand")
    }

    private static func money(_ text: String, _ currency: Currency) throws(Problem) -> Money {
        do throws(MoneyError) {
            let money = try Money(parsing: text, currency)
            guard money.minorUnits > 0 else { throw .belowMinimum(money, .once) }
            let most = Money(minorUnits: currency.maximum(.once), currency: currency)
            guard money.minorUnits <= most.minorUnits else { throw .aboveMaximum(most, .once) }
            return money
        } catch {
            throw Problem(.invalid, field: .amount, error.description)
        }
    }

    /// Days within which a like payment is probably the same one, entered twice.
    private static let likeDays: Int64 = 25
}
