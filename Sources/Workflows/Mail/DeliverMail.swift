package import Mail
package import Pledging
import Store

/// Sends the mails that are due: claims a batch with a lease, renders each mail, hands it over and
/// records it. A mail that was handed over and not recorded, because the process was killed, is
/// sent again under the same Message-ID; no other mail is.
package enum DeliverMail {
    package struct Summary: Hashable, Sendable {
        package var claimed = 0
        package var sent = 0
        package var failed = 0
        /// Not sent, because what they were about had changed.
        package var skipped = 0
        /// Not accepted this time; retried later.
        package var retried = 0

        package var json: JSON {
            [
                "claimed": .integer(Int64(claimed)), "sent": .integer(Int64(sent)),
                "failed": .integer(Int64(failed)),
                "skipped": .integer(Int64(skipped)), "retried": .integer(Int64(retried)),
            ]
        }

        fileprivate mutating func count(_ result: Result) {
            switch result {
            case .sent: sent += 1
            case .failed: failed += 1
            case .skipped: skipped += 1
            case .retried: retried += 1
            }
        }
    }

    enum Result: Sendable { case sent, failed, skipped, retried }

    /// Sends everything that is due, up to `limit`. Throws Problem: `.notPermitted` on a held book,
    /// `.unavailable` when no mail can be sent until an operator changes something.
    package static func run(
        limit: Int? = nil, through transport: any MailTransport, templates: TemplateLibrary,
        in context: Context, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "mail")
        try await context.beginRun()
        let newsroom = try await context.look { try $0.store.newsroom() }
        let sender = MailSender(
            context: context, transport: transport,
            writer: try MailWriter(newsroom, context.settings, templates, context.book.keys))
        var summary = Summary()
        let mails = SideBySide(maximum: inFlightMaximum, work: { try await sender.deliver($0) })
        try await mails.run { _ in
            let size = min(batchSize, (limit ?? Int.max) - summary.claimed)
            let claimed = size > 0 ? try await claim(size, in: context) : []
            summary.claimed += claimed.count
            return claimed.isEmpty ? nil : claimed
        } done: { result in
            summary.count(result)
            progress(summary.sent + summary.failed + summary.skipped + summary.retried)
        } putBack: { owed in
            try await sender.release(owed.claimed)
        }
        context.log(.debug, "mails handed over", summary.json)
        return summary
    }

    /// Returns how many could be sent now.
    package static func due(in context: Context) async throws -> Int {
        try await context.look { try $0.store.backlog(of: .mail, at: $0.now)?.count ?? 0 }
    }

    /// Leases a batch and stores its links before any of them can be followed.
    private static func claim(_ size: Int, in context: Context) async throws -> [OwedMail] {
        try await context.change { change in
            let claimed = try change.store.claimMails(
                at: change.now, leasedUntil: change.now.adding(seconds: leaseSeconds), limit: size)
            for mail in claimed {
                try change.store.remember(
                    link: context.book.keys.linkToken(mail.mail.id), of: mail,
                    until: change.now.adding(days: Settings.linkDays))
            }
            let risk = try change.riskTable()
            return try claimed.map { try OwedMail($0, risk, in: change) }
        }
    }

    private static let batchSize = 40
    /// Mails handed over in parallel, so that a slow server does not hold up the others.
    private static let inFlightMaximum = 8
    /// Seconds of a lease: longer than a batch takes if each of its mails times out.
    private static let leaseSeconds: Int64 = 900
}
