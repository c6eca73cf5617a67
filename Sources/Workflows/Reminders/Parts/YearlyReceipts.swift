import Pledging
import Store

/// In January, one receipt about the year before for each pledge whose reader wants it so. The mail
/// row's own name makes it one, whatever runs twice.
enum YearlyReceipts {
    /// Nothing in any other month.
    static func queue(in context: Context) async throws {
        let now = context.now
        let zone = try await context.book.read { try $0.zone(nil) }
        let today = zone.date(at: now)
        guard today.month == 1,
            let first = CivilDate(year: today.year - 1, month: 1, day: 1),
            let next = CivilDate(year: today.year, month: 1, day: 1)
        else { return }
        let from = zone.instant(of: first, hour: 0)
        let until = zone.instant(of: next, hour: 0)
        var last = ""
        while true {
            let after = last
            let page = try await context.book.write { transaction in
                let pledges = try transaction.pledgesWithYearlyReceipts(
                    after: after, limit: pageSize)
                let mails = try pledges.compactMap { pledge -> QueuedMail? in
                    let paid = try transaction.payments(of: pledge.id, from: from, until: until)
                    guard paid.count > 0, try transaction.mayHaveReceipt(pledge, at: now) else {
                        return nil
                    }
                    return QueuedMail(
                        id: try context.id(at: now), supporterID: pledge.supporterID,
                        kind: .yearlyReceipt, subjectID: pledge.id.text,
                        period: String(first.year), reminderID: nil,
                        parameters: QueuedMail.Parameters(
                            amount: Money(
                                minorUnits: paid.minorUnits, currency: pledge.amount.currency),
                            date: first, charges: paid.count),
                        createdAt: now)
                }
                try transaction.enqueue(mails)
                return pledges.map(\.id.text)
            }
            guard page.count == pageSize, let end = page.last else { return }
            last = end
        }
    }

    private static let pageSize = 200
}

extension Transaction {
    /// Where a mail could put the reader at risk, none tells of more than the first payment.
    fileprivate func mayHaveReceipt(_ pledge: Pledge, at now: Instant) throws -> Bool {
        guard let supporter = try supporter(pledge.supporterID), supporter.contact != nil else {
            return false
        }
        return try policy(for: supporter, by: riskTable(at: now)) == .allow
    }
}
