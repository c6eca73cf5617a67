import Pledging

/// Reads the state of payments from the Sandbox's facts.
extension SandboxLedger {
    /// Finds a payment by its name, or without one by its attempt's key; nil if there is none.
    func find(
        _ reference: ChargeReference, _ remoteID: String?
    ) throws -> (offset: UInt64, fact: Fact)? {
        if let remoteID {
            guard let offset = SandboxLedger.offset(of: remoteID),
                let (fact, _) = try fact(at: offset), fact.kind == .pay
            else { return nil }
            return (offset, fact)
        }
        guard let found = try find(key: reference.key), found.fact.kind == .pay else { return nil }
        return found
    }

    /// Returns the fact with a payment's present state.
    func state(of offset: UInt64, _ payment: Fact) throws -> Fact {
        try laterFacts(of: offset).last { $0.kind == .settle } ?? payment
    }

    func answer(to offset: UInt64, _ payment: Fact) throws -> ChargeAnswer {
        SandboxMessages.answer(
            try state(of: offset, payment), minor: payment.minor ?? 0,
            currency: payment.currency ?? "", payment: SandboxLedger.name(of: offset))
    }

    /// Returns what was refunded, including lost disputes, in minor units.
    func returned(of payment: UInt64) throws -> Int64 {
        try laterFacts(of: payment).reduce(0) { sum, fact in
            switch fact.kind {
            case .refund: sum + (fact.minor ?? 0)
            case .dispute: fact.state == "lost" ? sum + (fact.minor ?? 0) : sum
            case .pay, .lost, .settle, .forget: sum
            }
        }
    }

    /// Appends the late successes and disputes that are due by `now`.
    mutating func ripen(by now: Instant) throws {
        for offset in takeRipe(by: now.milliseconds) {
            guard let (fact, _) = try fact(at: offset) else { continue }
            let name = SandboxLedger.name(of: offset)
            if fact.state == "pending" || fact.state == "declined" {
                try append(
                    Fact(
                        kind: .settle, at: fact.ripensAt ?? now.milliseconds, payment: name,
                        state: "succeeded"))
            } else if fact.state == "succeeded" {
                try append(
                    Fact(
                        kind: .dispute, at: fact.ripensAt ?? now.milliseconds, payment: name,
                        minor: fact.minor, state: Dispute.State.open.rawValue))
            }
        }
    }
}
