import Pledging
import Store

/// Moves methods, and the live pledges that they pay, from one processor to another, one batch of
/// rows per transaction.
struct MethodMover: Sendable {
    let from: String
    let to: String
    let context: Context
    let now: Instant

    /// A row, and the methods that may have its old token.
    struct Target: Sendable {
        let row: MapRow
        let ids: [ID<PaymentMethod>]
    }

    /// The result of a target.
    struct Moved: Sendable {
        var ids: [ID<PaymentMethod>] = []
        var pledges = 0
        /// The newsroom's policy refuses one of its readers.
        var isRefused = false
    }

    /// Returns the result of each target, in their order. Throws when the book cannot be written;
    /// what was written before stays, and another run of the same map goes on from there.
    func move(_ targets: [Target]) async throws -> [Moved] {
        guard !targets.isEmpty else { return [] }
        return try await context.change(at: now) { change in
            let today = try change.today()
            let risk = try change.riskTable()
            return try targets.map { try move($0, change, today, risk) }
        }
    }

    private func move(
        _ target: Target, _ change: Change, _ today: CivilDate, _ risk: RiskTable
    ) throws -> Moved {
        var moved = Moved()
        for id in target.ids {
            // It may have been given up meanwhile, or only have the same hash.
            guard let old = try change.store.paymentMethod(id), old.processor == from,
                old.secret?.token == target.row.oldToken
            else { continue }
            guard try !isRefused(old, target.row, change, risk) else {
                moved.isRefused = true
                continue
            }
            moved.pledges += try replace(old, by: target.row, change, today)
            moved.ids.append(id)
        }
        return moved
    }

    /// Returns how many pledges moved.
    private func replace(
        _ old: PaymentMethod, by row: MapRow, _ change: Change, _ today: CivilDate
    ) throws -> Int {
        let isSame = row.isSame(as: old)
        let pledges = try change.store.livePledges(payingBy: old)
        var new = row.method(
            try change.id(), inPlaceOf: old, at: to, today: today, now: change.now)
        if isSame, try bankRefused(old, of: pledges, change) { new.state = .dead }
        try change.methods.replace(old, by: new, for: pledges, isSameCard: isSame)
        return pledges.count
    }

    private func isRefused(
        _ old: PaymentMethod, _ row: MapRow, _ change: Change, _ risk: RiskTable
    ) throws -> Bool {
        guard !risk.allowsAll, let supporter = try change.store.supporter(old.supporterID) else {
            return false
        }
        return try change.policy(
            for: supporter, by: risk, issuing: row.issuingCountry.map { [$0] } ?? []) == .refuse
    }

    /// Returns whether a bank has declined this method for good. Another processor would get the
    /// same answer, and banks count repeated requests. A method that is dead only because its
    /// processor was given up begins anew.
    private func bankRefused(
        _ method: PaymentMethod, of pledges: [Pledge], _ change: Change
    ) throws -> Bool {
        guard method.state == .dead else { return false }
        return try pledges.contains { pledge in
            guard let charge = try change.store.openCharge(of: pledge.id),
                let attempt = try change.store.attempt(charge.id, charge.attempts),
                attempt.paymentMethodID == method.id, let code = attempt.code
            else { return false }
            return Decline(code: code).bucket == .hard
        }
    }
}
