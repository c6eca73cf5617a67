package import Pledging

extension SandboxProcessor {
    package func collect(_ order: ChargeOrder) async -> ChargeAnswer {
        if latency > .zero { try? await Task.sleep(for: latency) }
        let now = clock()
        return await answered(ChargeAnswer(.unknown(Self.unusable))) { ledger in
            try ledger.ripen(by: now)
            let token = SandboxToken(order.method.token)
            let known = try ledger.find(key: order.reference.key)
            if let (offset, fact) = known, fact.kind == .pay, self.isRemembered(fact, at: now) {
                guard fact.minor == order.amount.minorUnits,
                    fact.currency == order.amount.currency.code,
                    fact.token == SandboxLedger.digest(ofToken: order.method.token)
                else { return ChargeAnswer(.unknown("key reused with other parameters")) }
                return try ledger.answer(to: offset, fact)
            }
            if token == .lostRequest, known == nil, order.reference.attempt == 1 {
                try ledger.append(
                    .init(kind: .lost, at: now.milliseconds, key: order.reference.key))
                return ChargeAnswer(.unknown("no answer"))
            }
            let fact = SandboxLedger.Fact(
                order, token, isForgotten: ledger.isForgotten(order.method.token), at: now)
            let offset = try ledger.append(fact)
            if token == .twice {
                try ledger.append(
                    .init(
                        kind: .settle, at: now.milliseconds,
                        payment: SandboxLedger.name(of: offset), state: "succeeded"))
            }
            if token == .lostReply { return ChargeAnswer(.unknown("no answer")) }
            return try ledger.answer(to: offset, fact)
        }
    }

    package func lookUp(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        await asked(reference, remoteID) { _, _, _, _ in }
    }

    package func withdraw(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        await asked(reference, remoteID) { offset, fact, ledger, now in
            guard try ledger.state(of: offset, fact).state == "action" else { return }
            try ledger.append(
                .init(
                    kind: .settle, at: now.milliseconds, payment: SandboxLedger.name(of: offset),
                    state: "declined", code: Decline.withdrawn.code))
        }
    }

    /// The Sandbox's bank has no page: it takes the reader's visit as the confirmation.
    package func confirm(_ visit: ReaderVisit) async -> LookUpAnswer<ChargeAnswer> {
        await asked(visit.reference, visit.remoteID) { offset, fact, ledger, now in
            guard try ledger.state(of: offset, fact).state == "action" else { return }
            try ledger.append(
                .init(
                    kind: .settle, at: now.milliseconds, payment: SandboxLedger.name(of: offset),
                    state: "succeeded"))
        }
    }

    /// Runs `body` on a payment, then returns the payment's state.
    private func asked(
        _ reference: ChargeReference, _ remoteID: String?,
        _ body:
            @escaping @Sendable (
                UInt64, SandboxLedger.Fact, inout SandboxLedger, Instant
            ) throws -> Void
    ) async -> LookUpAnswer<ChargeAnswer> {
        let now = clock()
        return await answered(.unreachable(Self.unusable)) { ledger in
            try ledger.ripen(by: now)
            guard let (offset, fact) = try ledger.find(reference, remoteID) else {
                return .absent
            }
            try body(offset, fact, &ledger, now)
            return .found(try ledger.answer(to: offset, fact))
        }
    }

    private func isRemembered(_ fact: SandboxLedger.Fact, at now: Instant) -> Bool {
        now < Instant(milliseconds: fact.at).adding(hours: keyLifetimeHours)
    }
}

extension SandboxLedger.Fact {
    /// Makes the payment of an order; the order's token decides the outcome.
    fileprivate init(
        _ order: ChargeOrder, _ token: SandboxToken, isForgotten: Bool, at now: Instant
    ) {
        let reference = order.reference
        self.init(
            kind: .pay, at: now.milliseconds, key: reference.key, book: reference.bookID,
            charge: reference.chargeID.text, pledge: reference.pledgeID.text,
            period: reference.firstPeriod, periods: reference.periodCount,
            attempt: reference.attempt, minor: order.amount.minorUnits,
            currency: order.amount.currency.code, state: "succeeded",
            token: SandboxLedger.digest(ofToken: order.method.token))
        if isForgotten {
            (state, code) = ("declined", "resource_missing")
            return
        }
        switch token {
        case .succeed, .lostReply, .lostRequest, .twice, .country: break
        case .decline(let code, let times):
            guard reference.attempt <= times ?? Int.max else { break }
            state = "declined"
            self.code = code
        case .action: state = "action"
        case .pending: state = "pending"
        case .late(let minutes):
            state = "pending"
            ripensAt = now.adding(seconds: 60 * minutes).milliseconds
        case .extra(let minutes):
            guard reference.attempt == 1 else { break }
            state = "declined"
            code = "insufficient_funds"
            ripensAt = now.adding(seconds: 60 * minutes).milliseconds
        case .dispute(let days): ripensAt = now.adding(days: days).milliseconds
        }
    }
}
