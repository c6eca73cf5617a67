package import Pledging
import Store

/// Money for a pledge arrived another way: by bank transfer, in cash, through a former system. It
/// pays for the pledge's next period, or for the charge that failed.
package enum RecordPayment {
    package struct Request: Sendable {
        package var pledgeID: ID<Pledge>
        /// Nil is what the next charge would take.
        package var amount: String?
        /// Nil is today.
        package var paidOn: CivilDate?
        package var note: String

        package init(
            pledgeID: ID<Pledge>, amount: String? = nil, paidOn: CivilDate? = nil, note: String
        ) {
            self.pledgeID = pledgeID
            self.amount = amount
            self.paidOn = paidOn
            self.note = note
        }
    }

    package static func run(_ request: Request, in context: Context) async throws -> Charge {
        let note = try InputRules.note(request.note)
        return try await context.answer { change in
            let pledge = try change.existing(request.pledgeID)
            try pledge.refuseIfOver()
            // 1. When it came: never tomorrow.
            let today = try change.today()
            let day = request.paidOn ?? today
            guard day <= today else {
                throw Problem(.invalid, field: .paidOn, "must not be later than today")
            }
            let paidAt = day == today ? change.now : try change.zone().instant(of: day, hour: 12)
            // 2. The charge that it pays: an open one, else the next.
            if let open = try change.store.openCharge(of: pledge.id) {
                return try pay(open, request.amount, note, paidAt, in: change)
            }
            return try payNext(pledge, request.amount, note, paidAt, in: change)
        }
    }

    private static func pay(
        _ charge: Charge, _ amount: String?, _ note: String, _ paidAt: Instant,
        in change: Change
    ) throws -> Charge {
        guard charge.state != .actionRequired else {
            throw Problem(
                .conflict,
                "charge \(charge.id) waits for the reader, who may still pay it there; 'pledge "
                    + "pause' calls it off, then record this")
        }
        guard !charge.state.isInDoubt else {
            throw Problem(
                .conflict,
                "charge \(charge.id) is \(charge.state.rawValue): the processor may have taken the "
                    + "money too; run 'mainstay run reconcile' or 'charge resolve' first")
        }
        if let amount, try money(amount, charge.amount.currency) != charge.amount {
            throw Problem(
                .conflict, field: .amount,
                "charge \(charge.id) is open over \(charge.amount); another amount is a gift of "
                    + "its own")
        }
        let paid = try change.booking.move(charge, by: .succeeded) {
            $0.paidAt = paidAt
            $0.processor = nil
            $0.note = note
        }
        return paid ?? charge
    }

    private static func payNext(
        _ pledge: Pledge, _ amount: String?, _ note: String, _ paidAt: Instant,
        in change: Change
    ) throws -> Charge {
        guard pledge.interval != .once || pledge.nextPeriod == 1 else {
            throw Problem(.conflict, "this single payment was tried already; nothing is open")
        }
        let charge = Charge(
            id: try change.id(), pledgeID: pledge.id, supporterID: pledge.supporterID,
            firstPeriod: pledge.nextPeriod, periodCount: pledge.collectEvery,
            amount: try amount.map { try money($0, pledge.amount.currency) }
                ?? pledge.chargeAmount,
            dueOn: pledge.nextChargeOn ?? pledge.startedOn, state: .succeeded, paidAt: paidAt,
            note: note, createdAt: change.now)
        try change.charges.begin(charge, .chargeSucceeded)
        let advanced = try change.store.advance(
            pledge, by: pledge.collectEvery, at: change.now)
        try change.booking.succeed(charge, from: .submitted, of: advanced)
        return charge
    }

    private static func money(_ text: String, _ currency: Currency) throws(Problem) -> Money {
        do throws(MoneyError) {
            let money = try Money(parsing: text, currency)
            guard money.minorUnits > 0 else { throw .belowMinimum(money, .once) }
            return money
        } catch {
            throw Problem(.invalid, field: .amount, error.description)
        }
    }
}
