import Payments
import Pledging
import Store

/// What an answer to a charge says about its processor: whether the account is refused, and whether
/// so many charges are declined that something is wrong.
struct ProcessorBrake {
    private let name: String
    /// Whether this run has seen the account refused: calls in flight do not show that it is not.
    private let isRefused: Bool
    private let change: Change

    init(_ processor: String, isRefused: Bool, _ change: Change) {
        name = processor
        self.isRefused = isRefused
        self.change = change
    }

    /// Records it. Returns why the brake is closed; nil if it is open.
    func weigh(_ outcome: ChargeOutcome, of claimed: ClaimedCharge) throws -> String? {
        if case .declined(let decline) = outcome {
            switch decline.bucket {
            case .operator:
                try change.attention.raise(.keyRefused, name, decline.code)
                return nil
            case .impossible:
                try change.attention.raise(
                    .chargeImpossible, claimed.order.reference.chargeID.text, decline.code)
                return nil
            case .needsSupporter where decline.isMissingToken: return nil
            case .soft, .needsSupporter, .hard, .revoked, .unknownOutcome: break
            }
        }
        if !isRefused, let open = try change.store.openAttention(.keyRefused, name),
            !MissingTokens.isCause(of: open)
        {
            try change.attention.resolve(open)
        }
        return claimed.countsForBrake ? try count(outcome) : nil
    }

    private func count(_ outcome: ChargeOutcome) throws -> String? {
        let isDeclined: Bool
        switch outcome {
        case .unknown: return nil
        case .declined(let decline) where decline.bucket == .unknownOutcome: return nil
        case .declined(let decline): isDeclined = decline.isOfReader
        case .succeeded, .actionNeeded, .pending: isDeclined = false
        }
        guard let known = try change.store.knownProcessors().first(where: { $0.name == name })
        else { return nil }
        // Calls in flight when it closed do not count.
        guard known.brakeClosedAt == nil else { return known.brake.words }
        let brake = known.brake.counting(isDeclined: isDeclined)
        try change.store.setBrake(
            brake, closedAt: brake.isReached ? change.now : nil, of: name)
        guard brake.isReached else { return nil }
        try change.attention.raise(.brakeClosed, name, brake.words)
        return brake.words
    }
}

extension Brake {
    var words: String { "\(declined) of the last \(calls) charges were declined" }
}

extension Moment {
    /// Returns the processors whose brake is closed, with the reason of each.
    func closedBrakes() throws -> [String: String] {
        let closed = try store.knownProcessors().filter { $0.brakeClosedAt != nil }
        return Dictionary(uniqueKeysWithValues: closed.map { ($0.name, $0.brake.words) })
    }
}
