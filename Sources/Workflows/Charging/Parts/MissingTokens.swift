import Payments
import Pledging
import Store

/// Decides, at the end of a run, who is at fault for the tokens that a processor does not have.
/// With the key of another account every token is missing, and readers must not be told that their
/// methods failed. A payment that such a reader made before shows which it is: the right account
/// has it.
struct MissingTokens: Sendable {
    let run: BillingRun
    let context: Context

    /// Whether the account has payments that this book made before: those of the same readers, or
    /// only others'.
    private enum Account: Sendable { case ours, likelyOurs, another, unknown }

    /// If the account is at fault, the charges stay held until another run. Otherwise each is
    /// declined: its reader is past due, and is asked for another method.
    func settle(_ tally: inout BillingTally) async throws {
        for (name, calls) in run.faults.calls {
            guard !calls.missing.isEmpty else {
                try await resolve(name)
                continue
            }
            guard let processor = run.processors[name] else { continue }
            let account = try await account(of: processor, asking: calls.missing)
            guard !isAtFault(account, calls) else {
                tally.held += calls.missing.count
                let words = "\(calls.missing.count) of \(calls.count) \(MissingTokens.words)"
                run.faults.stop(name, because: words + ", as with the key of another account")
                try await context.change { try $0.attention.raise(.keyRefused, name, words) }
                continue
            }
            for charge in calls.missing where try await decline(charge) { tally.declined += 1 }
            try await resolve(name)
        }
    }

    /// The attention is resolved once no charge is held for it.
    private func resolve(_ name: String) async throws {
        let isOver = try await context.look { look in
            let open = try look.store.openAttention(.keyRefused, name)
            return try open.map(MissingTokens.isCause) == true && !look.store.hasMissing(at: name)
        }
        if isOver { try await context.resolve(.keyRefused, name) }
    }

    /// Whether an attention is about missing tokens.
    static func isCause(of attention: Attention) -> Bool {
        attention.detail?.hasSuffix(words) == true
    }

    private static let words = "tokens are missing"

    private func isAtFault(_ account: Account, _ calls: RunFaults.Calls) -> Bool {
        let isOverHalf = calls.missing.count * 2 > calls.count
        return switch account {
        case .another: true
        case .ours: false
        case .likelyOurs: isOverHalf && calls.count >= MissingTokens.massCalls
        case .unknown: isOverHalf || calls.known == 0
        }
    }

    /// Tries the charges that were held for this once more, if the account is the right one again.
    func release() async throws {
        for processor in run.processors.all {
            let held = try await context.look { look in
                try look.store.openAttention(.keyRefused, processor.name)
            }
            guard held.map(MissingTokens.isCause) == true,
                try await account(of: processor, asking: []) == .likelyOurs
            else { continue }
            try await context.change { change in
                try change.store.scheduleMissing(at: processor.name, next: change.now)
            }
        }
    }

    // MARK: Whose account it is

    private func account(
        of processor: any PaymentProcessor, asking charges: [ID<Charge>]
    ) async throws -> Account {
        let (name, before, bookID) = (processor.name, run.now, run.bookID)
        let (payments, isOwn) = try await context.look { look in
            let own = try charges.prefix(MissingTokens.askedMaximum).compactMap { id in
                try look.store.charge(id).flatMap {
                    try look.store.lastPayment(of: $0.pledgeID, at: name, before: before)
                }
            }
            guard own.isEmpty else { return (own, true) }
            let last = try look.store.lastPayment(of: nil, at: name, before: before)
            return ([last].compactMap { $0 }, false)
        }
        var account = Account.unknown
        for payment in payments {
            let reference = ChargeReference(payment, attempt: payment.attempts, bookID: bookID)
            switch await processor.lookUp(reference, remoteID: payment.remoteID) {
            case .absent: return .another
            case .found: account = isOwn ? .ours : .likelyOurs
            case .unreachable: continue
            }
        }
        return account
    }

    private func decline(_ id: ID<Charge>) async throws -> Bool {
        let decline = Decline(code: Decline.missingToken)
        return try await context.change { change in
            guard let charge = try change.store.charge(id), charge.state == .held,
                charge.reason == decline.code
            else { return false }
            return try change.booking.move(charge, by: .declined, because: decline) != nil
        }
    }

    /// Payments that are looked up, at most: if the account is another one, none is found.
    private static let askedMaximum = 3
    /// Calls from which over half missing is the account's fault, if none of the readers paid
    /// before: the tokens may have been imported wrongly.
    private static let massCalls = 10
}
