package import Mail
package import Pledging
import Store

/// Sends the mails that are owed: claims a batch with a lease, renders and hands over each, and
/// records it. Killed between handing over and recording, it repeats that one mail under the same
/// Message-ID, and never another.
package enum DeliverMail {
    package struct Summary: Hashable, Sendable {
        package var claimed = 0
        package var sent = 0
        package var failed = 0
        /// Not taken this time; tried again later.
        package var retried = 0

        package var json: JSON {
            [
                "claimed": .integer(Int64(claimed)), "sent": .integer(Int64(sent)),
                "failed": .integer(Int64(failed)), "retried": .integer(Int64(retried)),
            ]
        }

        fileprivate mutating func count(_ result: Result) {
            switch result {
            case .sent: sent += 1
            case .failed: failed += 1
            case .retried: retried += 1
            }
        }
    }

    enum Result: Sendable { case sent, failed, retried }

    /// Everything that is due, up to `limit`.
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
            progress(summary.sent + summary.failed + summary.retried)
        } putBack: { owed in
            try await sender.release(owed.claimed)
        }
        context.log(.debug, "mails handed over", summary.json)
        return summary
    }

    /// How many could be sent now.
    package static func due(in context: Context) async throws -> Int {
        try await context.look { try $0.store.backlog(of: .mail, at: $0.now)?.count ?? 0 }
    }

    /// Leases a batch and remembers what its links mean before any of them can be followed.
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
    /// Mails handed over side by side: a slow server does not hold up the others.
    private static let inFlightMaximum = 8
    /// Longer than a batch takes when each of its mails runs into the transport's time limit.
    private static let leaseSeconds: Int64 = 900
}
