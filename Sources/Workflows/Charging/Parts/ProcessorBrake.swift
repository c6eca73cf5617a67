import Payments
import Pledging
import Store

/// What an answer to a charge says about its processor: whether the account is refused, and whether
/// so many charges are declined that something is wrong.
struct ProcessorBrake {
    private let name: String
    private let change: Change

    init(_ processor: String, _ change: Change) {
        name = processor
        self.change = change
    }

    /// Records it. Returns why nothing more may be sent there; nil if more may.
    func weigh(_ outcome: ChargeOutcome, of claimed: ClaimedCharge) throws -> String? {
        if case .declined(let decline) = outcome {
            switch decline.bucket {
            case .operator:
                try change.attention.raise(.keyRefused, name, decline.code)
                return decline.code
            case .impossible:
                try change.attention.raise(
                    .chargeImpossible, claimed.order.reference.chargeID.text, decline.code)
                return nil
            case .needsSupporter where decline.isMissingToken: return nil
            case .soft, .needsSupporter, .hard, .revoked, .unknownOutcome: break
            }
        }
        try change.attention.resolve(.keyRefused, name)
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
        let brake = known.brake.counting(isDeclined: isDeclined)
        let isClosed = known.brakeClosedAt != nil || brake.isReached
        try change.store.setBrake(
            brake, closedAt: isClosed ? known.brakeClosedAt ?? change.now : nil, of: name)
        guard isClosed else { return nil }
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
