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
            case .stopped: break
            }
        }
    }

    fileprivate enum Result: Sendable {
        case sent, failed, retried
        /// No mail goes anywhere until an operator changes something.
        case stopped(String)
    }

    /// Everything that is due, up to `limit`.
    package static func run(
        limit: Int? = nil, through transport: any MailTransport, templates: TemplateLibrary,
        in context: Context, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "mail")
        try await context.beginRun()
        let newsroom = try await context.book.read { try $0.newsroom() }
        let sender = MailSender(
            context: context, transport: transport,
            writer: try MailWriter(newsroom, context.settings, templates, context.book.keys))
        var summary = Summary()
        while true {
            let size = min(batchSize, (limit ?? Int.max) - summary.claimed)
            guard size > 0 else { return summary }
            let claimed = try await claim(size, newsroom, context)
            guard !claimed.isEmpty else { return summary }
            summary.claimed += claimed.count
            let results = try await sender.deliver(claimed, inFlight: inFlightMaximum)
            for result in results { summary.count(result) }
            context.log(.debug, "mails handed over", summary.json)
            for case .stopped(let reason) in results { throw Problem(.unavailable, reason) }
            progress(summary.claimed)
        }
    }

    /// How many could be sent now.
    package static func due(in context: Context) async throws -> Int {
        let now = context.now
        return try await context.book.read { try $0.backlog(of: .mail, at: now)?.count ?? 0 }
    }

    /// Leases a batch and remembers what its links mean before any of them can be followed.
    private static func claim(
        _ size: Int, _ newsroom: Newsroom, _ context: Context
    ) async throws -> [OwedMail] {
        let now = context.now
        return try await context.book.write { transaction in
            let claimed = try transaction.claimMails(
                at: now, leasedUntil: now.adding(seconds: leaseSeconds), limit: size)
            for mail in claimed {
                try transaction.remember(
                    link: context.book.keys.linkToken(mail.mail.id), of: mail,
                    until: now.adding(days: Settings.linkDays))
            }
            let risk = try transaction.riskTable(at: now)
            return try claimed.map { mail in
                OwedMail(
                    claimed: mail, policy: try transaction.policy(for: mail, by: risk),
                    isSettled: try transaction.isSettled(mail.mail))
            }
        }
    }

    private static let batchSize = 40
    /// Mails handed over side by side: a slow server does not hold up the others.
    private static let inFlightMaximum = 8
    /// Longer than a batch takes when each of its mails runs into the transport's time limit.
    private static let leaseSeconds: Int64 = 900
}

/// A claimed mail, what the newsroom's policy says about writing to that reader, and whether what
/// it asks for has been done meanwhile.
private struct OwedMail: Sendable {
    let claimed: ClaimedMail
    let policy: RiskPolicy
    let isSettled: Bool
}

/// Takes claimed mails through the transport and records what became of each.
private struct MailSender {
    let context: Context
    let transport: any MailTransport
    let writer: MailWriter

    func deliver(
        _ mails: [OwedMail], inFlight: Int
    ) async throws -> [DeliverMail.Result] {
        try await withThrowingTaskGroup(of: DeliverMail.Result.self) { group in
            var waiting = mails[...]
            var results: [DeliverMail.Result] = []
            for mail in waiting.prefix(inFlight) { group.addTask { try await deliver(mail) } }
            waiting = waiting.dropFirst(inFlight)
            while let result = try await group.next() {
                results.append(result)
                if case .stopped = result {
                    // What was not begun goes back at once, as if it had never been claimed.
                    for mail in waiting { try await release(mail.claimed) }
                    waiting = []
                }
                if let mail = waiting.popFirst() {
                    group.addTask { try await deliver(mail) }
                }
            }
            return results
        }
    }

    private func deliver(_ owed: OwedMail) async throws -> DeliverMail.Result {
        let claimed = owed.claimed
        guard let contact = recipient(of: claimed) else { return try await fail(claimed, "erased") }
        // Where nothing is taken nothing is sent, and no reason says so.
        if claimed.isSuppressed || owed.policy == .refuse {
            return try await fail(claimed, "suppressed")
        }
        if owed.isSettled { return try await fail(claimed, "settled") }
        let rendered: RenderedMail
        do {
            rendered = try writer.render(
                claimed.mail, to: contact, isDiscreet: owed.policy.isDiscreet)
        } catch let error as MailError where error.isAboutSender {
            try await release(claimed)
            return .stopped(error.description)
        } catch let error as MailError {
            return try await fail(claimed, error.description)
        } catch let error as TemplateError {
            try await release(claimed)
            return .stopped(error.description)
        }
        switch await transport.deliver(rendered) {
        case .accepted: return try await record(claimed)
        case .refused(let reason): return try await fail(claimed, reason)
        case .retryLater(let reason): return try await retry(claimed, reason)
        case .misconfigured(let reason):
            try await release(claimed)
            return .stopped(reason)
        }
    }

    private func recipient(of claimed: ClaimedMail) -> Contact? {
        guard claimed.mail.kind.isForOperator else { return claimed.contact }
        return context.settings.mailOperator.map { Contact(email: $0) }
    }

    private func record(_ claimed: ClaimedMail) async throws -> DeliverMail.Result {
        let now = context.now
        try await context.book.writePatiently { transaction in
            guard try transaction.markMailSent(claimed.mail.id, at: now) else { return }
            try transaction.settle(claimed.mail, sent: true, reason: nil, in: context, at: now)
        }
        context.log(.debug, "mail accepted", ["mail": "\(claimed.mail.id)"])
        return .sent
    }

    private func fail(
        _ claimed: ClaimedMail, _ reason: String
    ) async throws -> DeliverMail.Result {
        let now = context.now
        let reason = String(reason.prefix(MailSender.reasonMaximumCharacters))
        try await context.book.writePatiently { transaction in
            guard try transaction.markMailFailed(claimed.mail.id, reason: reason) else { return }
            try transaction.settle(
                claimed.mail, sent: false, reason: "mailFailed", in: context, at: now)
        }
        context.log(
            .notice, "mail given up", ["mail": "\(claimed.mail.id)", "reason": "\(reason)"])
        return .failed
    }

    private func retry(
        _ claimed: ClaimedMail, _ reason: String
    ) async throws -> DeliverMail.Result {
        guard claimed.attempts < MailSender.retryMinutes.count else {
            return try await fail(claimed, "given up: \(reason)")
        }
        let next = context.now.adding(seconds: 60 * MailSender.retryMinutes[claimed.attempts])
        let reason = String(reason.prefix(MailSender.reasonMaximumCharacters))
        try await context.book.write { transaction in
            try transaction.requeueMail(
                claimed.mail.id, reason: reason, next: next, attempted: true)
        }
        context.log(.info, "mail waits", ["mail": "\(claimed.mail.id)", "reason": "\(reason)"])
        return .retried
    }

    private func release(_ claimed: ClaimedMail) async throws {
        let now = context.now
        try await context.book.write { transaction in
            try transaction.requeueMail(claimed.mail.id, reason: nil, next: now, attempted: false)
        }
    }

    /// Minutes after each failed attempt: over two days, as mail servers themselves retry.
    private static let retryMinutes: [Int64] = [5, 30, 120, 360, 720, 1_440, 1_440]
    private static let reasonMaximumCharacters = 120
}

extension ClaimedMail {
    /// An opt-out stops `support`; a bounce or complaint stops all.
    fileprivate var isSuppressed: Bool {
        switch suppression {
        case nil: false
        case .all: true
        case .support: mail.kind == .support || mail.kind == .confirmReminder
        }
    }
}

extension Transaction {
    /// What goes to the operator is nobody's risk.
    fileprivate func policy(for mail: ClaimedMail, by table: RiskTable) throws -> RiskPolicy {
        guard !table.allowsAll, let supporter = try mail.mail.supporterID.flatMap(supporter) else {
            return .allow
        }
        return try policy(for: supporter, by: table)
    }

    /// The reminder that a mail belongs to moves with it; a confirmation's own reminder does not.
    func settle(
        _ mail: QueuedMail, sent: Bool, reason: String?, in context: Context, at now: Instant
    ) throws {
        guard mail.kind != .confirmReminder, let id = mail.reminderID,
            let reminder = try reminder(id)
        else { return }
        try settle(reminder, sent: sent, reason: reason, in: context, at: now)
    }
}

extension MailError {
    /// No other mail would leave either.
    fileprivate var isAboutSender: Bool {
        switch self {
        case .empty(let field), .controlCharacter(let field), .malformed(let field),
            .tooLong(let field, _), .nonASCIILocalPart(let field):
            field == .from || field == .messageID
        case .dateOutOfRange, .messageTooLarge: false
        }
    }
}
