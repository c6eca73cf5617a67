import Payments
import Pledging
import Store

/// Checks each order as it leaves, before it arrives: nothing may be sent that is not allowed. It
/// reads the book itself, and relies on what readers received and the processor took.
struct Witness: Sendable {
    let book: Book
    let processor: SimulatedProcessor
    let letterbox: Letterbox
    let complaints: Complaints
    /// The time by the clock of the program that sends the order.
    let clock: @Sendable () -> Instant

    func look(at order: ChargeOrder) async {
        // The processor makes no payment under a key that it remembers.
        guard !processor.remembers(order.reference.key) else { return }
        let now = clock()
        do {
            let faults = try await book.read { try self.faults(of: order, $0, at: now) }
            for fault in faults { complaints.add("\(order.reference.key) was sent \(fault)") }
        } catch {
            complaints.add(
                "\(order.reference.key) was sent while the book could not be read: \(error)")
        }
    }

    private func faults(
        of order: ChargeOrder, _ transaction: Transaction, at now: Instant
    ) throws -> [String] {
        let reference = order.reference
        guard let charge = try transaction.charge(reference.chargeID),
            let pledge = try transaction.pledge(reference.pledgeID)
        else { return ["before its charge was committed"] }
        let newsroom = try transaction.newsroom()
        guard let zone = TimeZoneRules(identifier: newsroom.timeZone) else {
            return ["by a newsroom without a zone"]
        }
        let today = zone.date(at: now)
        var faults: [String] = []
        if !charge.state.isInDoubt || charge.attempts != reference.attempt {
            faults.append("as attempt \(charge.attempts) of a charge that is \(charge.state)")
        }
        // A like pledge may be paid while this order is on its way: what it takes is sent back.
        let isJustReplaced =
            pledge.cancellation?.reason == .duplicate
            && pledge.endedAt.map { $0.adding(seconds: 60) >= now } == true
        if ![.pending, .active, .pastDue].contains(pledge.state), !isJustReplaced {
            faults.append("although its pledge is \(pledge.state)")
        }
        let country = try transaction.supporter(pledge.supporterID)?.contact?.country
        for row in try transaction.riskPolicies() where row.country == country {
            if row.policy(on: today) == .refuse {
                faults.append("although \(row.country) is refused")
            }
        }
        if try gaveAgain(pledge, transaction) {
            faults.append("although its reader gave again and was not asked")
        }
        if let before = try transaction.charge(
            before: charge.firstPeriod, of: pledge.id, isPaid: false),
            let months = pledge.interval.months,
            before.dueOn.adding(days: 23 * months * before.periodCount) > today
        {
            faults.append("on \(today), too soon after the one due on \(before.dueOn)")
        }
        if needsNotice(order, pledge) {
            let told = letterbox.noticed(charge).map(zone.date(at:))
            if told.map({ $0.adding(days: 10) > today }) ?? true {
                let notice = told.map { "is of \($0)" } ?? "was never sent"
                faults.append("on \(today), although its notice \(notice)")
            }
        }
        return faults
    }

    /// True if the reader has paid a like pledge since this one failed, and did not say that they
    /// want both: whoever was asked either did, or nothing is sent.
    private func gaveAgain(_ pledge: Pledge, _ transaction: Transaction) throws -> Bool {
        guard pledge.state == .pastDue else { return false }
        let charges = try transaction.charges(
            state: nil, pledge: pledge.id, after: "", limit: 10_000)
        let paid = charges.filter { $0.state == .succeeded }.map(\.firstPeriod).max() ?? 0
        let failed = charges.filter { $0.firstPeriod > paid }.map(\.createdAt).min()
        guard let failed else { return false }
        let newer = try transaction.pledges(of: pledge.supporterID).contains { other in
            other.createdAt > failed && other.state == .active && other.chargesSucceeded > 0
                && other.interval == pledge.interval
                && other.amount.currency == pledge.amount.currency
        }
        return try newer
            && !transaction.mails(of: pledge.supporterID).contains { $0.kind == "bothOrOne" }
    }

    /// True if the charge is yearly, for several months at once, by bank debit, or for more a month
    /// than was paid the last time; false for a first charge by card.
    private func needsNotice(_ order: ChargeOrder, _ pledge: Pledge) -> Bool {
        // The reader asked for the first charge, whichever try or card pays it.
        if order.reference.firstPeriod == 1, !order.kind.isDebit || pledge.state == .pending {
            return false
        }
        if pledge.interval == .year || order.reference.periodCount > 1 { return true }
        if order.kind.isDebit { return true }
        guard let paid = processor.lastPaid(by: pledge.id) else { return false }
        let paidAMonth = paid.amount.minorUnits / Int64(paid.reference.periodCount)
        return paidAMonth < order.amount.minorUnits
    }
}
