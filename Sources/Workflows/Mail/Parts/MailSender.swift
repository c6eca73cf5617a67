import Mail
import Pledging
import Store

/// A claimed mail, the newsroom's policy for its reader, and whether what it asks for has been done
/// meanwhile.
struct OwedMail: Sendable {
    let claimed: ClaimedMail
    /// The mail with contents that are true now: a reminder's amounts and days, the day by which a
    /// question is to be answered, and everything that is open in a mail to the operator.
    let mail: QueuedMail
    let policy: RiskPolicy
    let isSettled: Bool
    /// Why its reminder is no longer wanted; nil if it is, or if the mail has none.
    let dropReason: SkipReason?

    init(_ claimed: ClaimedMail, _ risk: RiskTable, in change: Change) throws {
        self.claimed = claimed
        // A mail to the operator has no supporter and needs no policy.
        let supporter =
            risk.allowsAll ? nil : try claimed.mail.supporterID.flatMap(change.store.supporter)
        policy = try supporter.map { try change.policy(for: $0, by: risk) } ?? .allow
        isSettled = try change.isSettled(claimed.mail)
        var mail = claimed.mail
        if mail.kind == .attention { mail.contents = .attention(try change.openAttentionLines()) }
        if let question = try change.openQuestion(of: mail) { mail.contents = question }
        let isSilent = claimed.isSuppressed || policy == .refuse
        switch try change.presentContents(of: claimed.mail) {
        case nil: dropReason = nil
        case .unwanted(let reason): dropReason = isSilent ? .suppressed : reason
        case .wanted(let contents):
            mail.contents = contents
            dropReason = isSilent ? .suppressed : nil
        }
        self.mail = mail
    }
}

extension Moment {
    /// Returns whether what a mail asks for was done meanwhile: the reader has given another method
    /// or has no live pledge on it any more; nothing needs the operator.
    fileprivate func isSettled(_ mail: QueuedMail) throws -> Bool {
        switch mail.kind {
        case .attention: return try store.openAttentions(limit: 1).isEmpty
        case .methodNeeded:
            guard let id = try? ID<PaymentMethod>(parsing: mail.subjectID),
                let method = try store.paymentMethod(id)
            else { return false }
            return try store.livePledges(payingBy: method).isEmpty
        case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
            .addressChanged, .yearlyReceipt, .chargeFailed, .paymentReturned:
            return false
        case .receipt:
            // The payment was recorded by mistake, and taken back.
            guard let id = try? ID<Charge>(parsing: mail.subjectID),
                let charge = try store.charge(id)
            else { return false }
            return charge.state != .succeeded
        case .bothOrOne, .pledgeEnded:
            guard let id = try? ID<Pledge>(parsing: mail.subjectID), try store.pledge(id) != nil
            else { return false }
            return try openQuestion(of: mail) == nil
        case .actionNeeded:
            guard let id = try? ID<Charge>(parsing: mail.subjectID), try store.charge(id) != nil
            else { return false }
            return try openQuestion(of: mail) == nil || isOutdated(mail)
        }
    }

    /// Returns what a mail about the state of a pledge or charge says now; nil if that has changed,
    /// so that nothing is to be said or answered any more.
    fileprivate func openQuestion(of mail: QueuedMail) throws -> MailContents? {
        switch mail.kind {
        case .bothOrOne: try question(about: mail.subjectID)
        case .actionNeeded: try (try? ID(parsing: mail.subjectID)).flatMap(bankQuestion)
        case .pledgeEnded: try (try? ID(parsing: mail.subjectID)).flatMap(endOfPledge)
        case .support, .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding,
            .addressChanged, .receipt, .yearlyReceipt, .chargeFailed, .methodNeeded,
            .paymentReturned, .attention:
            nil
        }
    }

    /// Returns what a reminder's mail says now; nil for a mail that is not a reminder's own.
    fileprivate func presentContents(of mail: QueuedMail) throws -> PresentContents? {
        guard mail.kind != .confirmReminder,
            let reminder = try mail.reminderID.flatMap({ try store.reminder($0) })
        else { return nil }
        if reminder.kind == .chargeFailed, try isOutdated(mail) {
            return .unwanted(.subjectChanged)
        }
        return try presentContents(of: reminder)
    }

    /// Whether a later mail about the same charge waits too: after mail was down, one is enough.
    private func isOutdated(_ mail: QueuedMail) throws -> Bool {
        guard let charge = try? ID<Charge>(parsing: mail.subjectID) else { return false }
        return try store.failureMails(about: charge).lastQueuedID.map { $0 > mail.id } ?? false
    }
}

/// Hands claimed mails to the transport and records the outcome of each.
struct MailSender {
    let context: Context
    let transport: any MailTransport
    let writer: MailWriter

    /// Sends one mail. Throws Problem `.unavailable` when no mail can be sent until an operator
    /// changes something.
    func deliver(_ owed: OwedMail) async throws -> DeliverMail.Result {
        let claimed = owed.claimed
        guard let contact = recipient(of: claimed) else { return try await fail(claimed, "erased") }
        // Where the policy is `refuse`, nothing is sent either; the recorded reason does not tell.
        if let reason = owed.dropReason { return try await drop(claimed, reason) }
        if claimed.isSuppressed || owed.policy == .refuse {
            return try await fail(claimed, "suppressed")
        }
        if owed.isSettled { return try await fail(claimed, "settled") }
        let rendered: RenderedMail
        do {
            rendered = try writer.render(
                owed.mail, to: contact, isDiscreet: owed.policy.isDiscreet)
        } catch let error as MailError where error.isAboutSender {
            throw try await stopped(claimed, because: error.description)
        } catch let error as MailError {
            return try await fail(claimed, error.description)
        } catch let error as TemplateError {
            throw try await stopped(claimed, because: error.description)
        }
        switch await transport.deliver(rendered) {
        case .accepted: return try await record(claimed)
        case .refused(let reason): return try await fail(claimed, reason)
        case .retryLater(let reason): return try await retry(claimed, reason)
        case .misconfigured(let reason):
            throw try await stopped(claimed, because: reason)
        }
    }

    private func recipient(of claimed: ClaimedMail) -> Contact? {
        guard claimed.mail.kind.isForOperator else { return claimed.contact }
        return context.settings.mailOperator.map { Contact(email: $0) }
    }

    private func record(_ claimed: ClaimedMail) async throws -> DeliverMail.Result {
        try await context.record { change in
            guard try change.store.markMailSent(claimed.mail.id, at: change.now) else { return }
            try change.attention.resolve(.mailRefused, "mail")
            try change.reminders.settle(
                claimed.mail.reminderID, withMailOf: claimed.mail.kind, failedBecause: nil)
        }
        context.log(.debug, "mail accepted", ["mail": "\(claimed.mail.id)"])
        return .sent
    }

    private func fail(
        _ claimed: ClaimedMail, _ reason: String, _ reminderReason: String = "mailFailed"
    ) async throws -> DeliverMail.Result {
        let reason = String(reason.prefix(MailSender.reasonMaximumCharacters))
        try await context.record { change in
            guard try change.store.markMailFailed(claimed.mail.id, reason: reason) else { return }
            try change.reminders.settle(
                claimed.mail.reminderID, withMailOf: claimed.mail.kind,
                failedBecause: reminderReason)
        }
        context.log(
            .notice, "mail given up", ["mail": "\(claimed.mail.id)", "reason": "\(reason)"])
        return .failed
    }

    /// Sends nothing, because the reminder is not wanted any more.
    private func drop(
        _ claimed: ClaimedMail, _ reason: SkipReason
    ) async throws -> DeliverMail.Result {
        try await context.change { change in
            guard try change.store.markMailFailed(claimed.mail.id, reason: reason.rawValue),
                let reminder = try claimed.mail.reminderID.flatMap({
                    try change.store.reminder($0)
                })
            else { return }
            try change.reminders.skip(reminder, because: reason)
        }
        context.log(
            .debug, "mail not wanted any more",
            ["mail": "\(claimed.mail.id)", "reason": "\(reason.rawValue)"])
        return .skipped
    }

    private func retry(
        _ claimed: ClaimedMail, _ reason: String
    ) async throws -> DeliverMail.Result {
        guard claimed.attempts < MailSender.retryMinutes.count else {
            return try await fail(
                claimed, "\(QueuedMail.givenUp): \(reason)", Reminder.mailGivenUp)
        }
        let next = context.now.adding(seconds: 60 * MailSender.retryMinutes[claimed.attempts])
        let reason = String(reason.prefix(MailSender.reasonMaximumCharacters))
        try await context.change { change in
            try change.store.requeueMail(
                claimed.mail.id, reason: reason, next: next, attempted: true)
        }
        context.log(
            .info, "mail will be retried", ["mail": "\(claimed.mail.id)", "reason": "\(reason)"])
        return .retried
    }

    private func stopped(
        _ claimed: ClaimedMail, because reason: String
    ) async throws -> Problem {
        try await release(claimed)
        try await context.change { try $0.attention.raise(.mailRefused, "mail", reason) }
        return Problem(.unavailable, reason)
    }

    /// Puts a mail back into the queue, as if it had never been claimed.
    func release(_ claimed: ClaimedMail) async throws {
        try await context.change { change in
            try change.store.requeueMail(
                claimed.mail.id, reason: nil, next: change.now, attempted: false)
        }
    }

    /// Minutes to wait after each failed attempt: over two days in all, as mail servers retry.
    private static let retryMinutes: [Int64] = [5, 30, 120, 360, 720, 1_440, 1_440]
    private static let reasonMaximumCharacters = 120
}

extension ClaimedMail {
    /// An opt-out stops `support` mails and requests for confirmation; a bounce or a complaint
    /// stops all mail.
    fileprivate var isSuppressed: Bool {
        switch suppression {
        case nil: false
        case .all: true
        case .support: mail.kind == .support || mail.kind == .confirmReminder
        }
    }
}

extension MailError {
    /// The error is about the sender, so no other mail could be sent either.
    fileprivate var isAboutSender: Bool {
        switch self {
        case .empty(let field), .controlCharacter(let field), .malformed(let field),
            .tooLong(let field, _), .nonASCIILocalPart(let field):
            field == .from || field == .messageID
        case .dateOutOfRange, .messageTooLarge: false
        }
    }
}
