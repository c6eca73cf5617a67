import Pledging
import Store

/// Queues, in January, one receipt about the year before for each pledge whose reader wants it so.
/// A mail is queued once for each subject, kind and period, so a second run adds none.
enum YearlyReceipts {
    /// Does nothing in any other month.
    static func queue(in context: Context) async throws {
        let now = context.now
        let zone = try await context.look { try $0.zone() }
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
            let page = try await context.change(at: now) { change in
                let pledges = try change.store.pledgesWithYearlyReceipts(
                    after: after, limit: pageSize)
                let mails = try pledges.compactMap { pledge -> QueuedMail? in
                    let paid = try change.store.payments(of: pledge.id, from: from, until: until)
                    guard paid.count > 0, try mayHaveReceipt(pledge, change) else {
                        return nil
                    }
                    let amount = Money(
                        minorUnits: paid.minorUnits, currency: pledge.amount.currency)
                    return try change.mails.mail(
                        .yearlyReceipt(amount: amount, year: first.year, payments: paid.count),
                        to: pledge.supporterID, about: pledge.id.text,
                        period: String(first.year))
                }
                try change.store.enqueue(mails)
                return pledges.map(\.id.text)
            }
            guard page.count == pageSize, let end = page.last else { return }
            last = end
        }
    }

    /// Returns whether the reader may get a yearly receipt: not when a mail could put them at risk.
    private static func mayHaveReceipt(_ pledge: Pledge, _ change: Change) throws -> Bool {
        guard let supporter = try change.store.supporter(pledge.supporterID),
            supporter.contact != nil
        else { return false }
        return try change.policy(for: supporter) == .allow
    }

    private static let pageSize = 200
}
