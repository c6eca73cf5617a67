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
        let now = context.now
        return try await context.book.write { transaction in
            let pledge = try transaction.existingPledge(request.pledgeID)
            guard !pledge.state.isFinal else {
                throw Problem(
                    .conflict,
                    "the pledge is over (\(pledge.state.rawValue)); giving again is a new pledge")
            }
            // 1. When it came: never tomorrow.
            let today = try transaction.today(at: now)
            let day = request.paidOn ?? today
            guard day <= today else {
                throw Problem(.invalid, field: "paid-on", "must not be later than today")
            }
            let paidAt = day == today ? now : try transaction.zone(nil).instant(of: day, hour: 12)
            // 2. The charge that it pays: an open one, else the next.
            if let open = try transaction.openCharge(of: pledge.id) {
                return try pay(open, request.amount, note, paidAt, transaction, context, now)
            }
            return try payNext(pledge, request.amount, note, paidAt, transaction, context, now)
        }
    }

    private static func pay(
        _ charge: Charge, _ amount: String?, _ note: String, _ paidAt: Instant,
        _ transaction: Transaction, _ context: Context, _ now: Instant
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
                .conflict, field: "amount",
                "charge \(charge.id) is open over \(charge.amount); another amount is a gift of "
                    + "its own")
        }
        try transaction.move(charge, by: .succeeded, in: context, at: now) {
            $0.paidAt = paidAt
            $0.processor = nil
            $0.note = note
        }
        return try transaction.existingCharge(charge.id)
    }

    private static func payNext(
        _ pledge: Pledge, _ amount: String?, _ note: String, _ paidAt: Instant,
        _ transaction: Transaction, _ context: Context, _ now: Instant
    ) throws -> Charge {
        guard pledge.interval != .once || pledge.nextPeriod == 1 else {
            throw Problem(.conflict, "this single payment was tried already; nothing is open")
        }
        let charge = Charge(
            id: try context.id(at: now), pledgeID: pledge.id, supporterID: pledge.supporterID,
            firstPeriod: pledge.nextPeriod, periodCount: pledge.collectEvery,
            amount: try amount.map { try money($0, pledge.amount.currency) }
                ?? pledge.chargeAmount,
            dueOn: pledge.nextChargeOn ?? pledge.startedOn, state: .succeeded, paidAt: paidAt,
            note: note, createdAt: now)
        try transaction.begin(charge, .chargeSucceeded, in: context, at: now)
        _ = try transaction.advance(pledge, by: pledge.collectEvery, at: now)
        try transaction.bookSuccess(of: charge, from: .submitted, in: context, at: now)
        return try transaction.existingCharge(charge.id)
    }

    private static func money(_ text: String, _ currency: Currency) throws(Problem) -> Money {
        do throws(MoneyError) {
            let money = try Money(parsing: text, currency)
            guard money.minorUnits > 0 else { throw .belowMinimum(money, .once) }
            return money
        } catch {
            throw Problem(.invalid, field: "amount", error.description)
        }
    }
}
