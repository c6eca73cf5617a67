import Foundation
import OpenSSL
package import Pledging
import Synchronization

/// A processor that moves no money: shipped, the default, and a real counterpart for tests. It has
/// a book of its own, forgets idempotency keys after a day as real ones do, and does what
/// `SandboxToken` says. It runs inside this process and asks nobody.
package final class SandboxProcessor: PaymentProcessor {
    package let name = "sandbox"
    package let mode = ProcessorMode.test
    package let callsInFlight: Int
    package let keyLifetimeHours: Int64 = 24

    private let clock: @Sendable () -> Instant
    private let latency: Duration
    private let ledger: Mutex<SandboxLedger>

    /// `latency` is what each collection takes. Throws where the file cannot be opened or made.
    package init(
        file: String, clock: @escaping @Sendable () -> Instant, callsInFlight: Int = 32,
        latency: Duration = .zero
    ) throws(SandboxError) {
        self.clock = clock
        self.callsInFlight = callsInFlight
        self.latency = latency
        ledger = Mutex(try SandboxLedger(path: file))
    }

    package func time() async throws(ProcessorUnavailable) -> Instant { clock() }

    // MARK: Collecting

    package func collect(_ order: ChargeOrder) async -> ChargeAnswer {
        if latency > .zero { try? await Task.sleep(for: latency) }
        let now = clock()
        return answered(ChargeAnswer(.unknown("the sandbox's file cannot be used"))) { ledger in
            try ripen(&ledger, by: now)
            let token = SandboxToken(order.method.token)
            let known = try ledger.find(key: order.reference.key)
            if let (offset, fact) = known, fact.kind == .pay, isRemembered(fact, at: now) {
                guard fact.minor == order.amount.minorUnits,
                    fact.currency == order.amount.currency.code,
                    fact.token == digest(order.method.token)
                else { return ChargeAnswer(.unknown("key reused with other parameters")) }
                return try answer(to: offset, fact, ledger)
            }
            if token == .lostRequest, known == nil {
                try ledger.append(
                    .init(kind: .lost, at: now.milliseconds, key: order.reference.key))
                return ChargeAnswer(.unknown("no answer"))
            }
            let fact = payment(order, token, ledger, at: now)
            let offset = try ledger.append(fact)
            if token == .twice { try repeatMessage(of: offset, &ledger, at: now) }
            if token == .lostReply { return ChargeAnswer(.unknown("no answer")) }
            return try answer(to: offset, fact, ledger)
        }
    }

    private func payment(
        _ order: ChargeOrder, _ token: SandboxToken, _ ledger: borrowing SandboxLedger,
        at now: Instant
    ) -> SandboxLedger.Fact {
        let reference = order.reference
        var fact = SandboxLedger.Fact(
            kind: .pay, at: now.milliseconds, key: reference.key, book: reference.bookID,
            charge: reference.chargeID.text, pledge: reference.pledgeID.text,
            period: reference.firstPeriod, periods: reference.periodCount,
            attempt: reference.attempt, minor: order.amount.minorUnits,
            currency: order.amount.currency.code, state: "succeeded",
            token: digest(order.method.token))
        if ledger.isForgotten(digest(order.method.token)) {
            fact.state = "declined"
            fact.code = "resource_missing"
            return fact
        }
        switch token {
        case .succeed, .lostReply, .lostRequest, .twice, .country: break
        case .decline(let code, let times):
            guard reference.attempt <= times ?? Int.max else { break }
            fact.state = "declined"
            fact.code = code
        case .action: fact.state = "action"
        case .pending: fact.state = "pending"
        case .late(let minutes):
            fact.state = "pending"
            fact.ripensAt = now.adding(seconds: 60 * minutes).milliseconds
        case .dispute(let days): fact.ripensAt = now.adding(days: days).milliseconds
        }
        return fact
    }

    private func isRemembered(_ fact: SandboxLedger.Fact, at now: Instant) -> Bool {
        now < Instant(milliseconds: fact.at).adding(hours: keyLifetimeHours)
    }

    // MARK: Asking

    package func lookUp(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        asked(reference, remoteID) { _, _, _, _ in }
    }

    package func withdraw(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        asked(reference, remoteID) { offset, fact, ledger, now in
            guard try state(of: offset, fact, ledger).state == "action" else { return }
            try ledger.append(
                .init(
                    kind: .settle, at: now.milliseconds, payment: SandboxLedger.name(of: offset),
                    state: "declined", code: Decline.withdrawn.code))
        }
    }

    /// What became of a payment, once `body` has done something about it.
    private func asked(
        _ reference: ChargeReference, _ remoteID: String?,
        _ body: @Sendable (UInt64, SandboxLedger.Fact, inout SandboxLedger, Instant) throws -> Void
    ) -> LookUpAnswer<ChargeAnswer> {
        let now = clock()
        return answered(.unreachable("the sandbox's file cannot be used")) { ledger in
            try ripen(&ledger, by: now)
            guard let (offset, fact) = try find(reference, remoteID, ledger) else {
                return .absent
            }
            try body(offset, fact, &ledger, now)
            return .found(try answer(to: offset, fact, ledger))
        }
    }

    private func find(
        _ reference: ChargeReference, _ remoteID: String?, _ ledger: borrowing SandboxLedger
    ) throws -> (offset: UInt64, fact: SandboxLedger.Fact)? {
        if let remoteID {
            guard let offset = SandboxLedger.offset(of: remoteID),
                let (fact, _) = try ledger.fact(at: offset), fact.kind == .pay
            else { return nil }
            return (offset, fact)
        }
        guard let found = try ledger.find(key: reference.key), found.fact.kind == .pay else {
            return nil
        }
        return found
    }

    // MARK: Answers

    private func state(
        of offset: UInt64, _ fact: SandboxLedger.Fact, _ ledger: borrowing SandboxLedger
    ) throws -> SandboxLedger.Fact {
        try ledger.laterFacts(of: offset).last { $0.kind == .settle } ?? fact
    }

    private func answer(
        to offset: UInt64, _ fact: SandboxLedger.Fact, _ ledger: borrowing SandboxLedger
    ) throws -> ChargeAnswer {
        let present = try state(of: offset, fact, ledger)
        return SandboxMessages.answer(
            present, minor: fact.minor ?? 0, currency: fact.currency ?? "",
            payment: SandboxLedger.name(of: offset))
    }

    // MARK: Refunds

    package func refund(_ order: RefundOrder) async -> RefundAnswer {
        let now = clock()
        return answered(RefundAnswer(.unknown("the sandbox's file cannot be used"))) { ledger in
            try ripen(&ledger, by: now)
            if let (offset, fact) = try ledger.find(key: order.key), fact.kind == .refund {
                return RefundAnswer(.succeeded, remoteID: "sandbox_refund_\(offset)")
            }
            guard let payment = SandboxLedger.offset(of: order.paymentRemoteID),
                let (fact, _) = try ledger.fact(at: payment),
                try state(of: payment, fact, ledger).state == "succeeded",
                try returned(of: payment, ledger) + order.amount.minorUnits <= fact.minor ?? 0
            else { return RefundAnswer(.failed("charge_already_refunded")) }
            let offset = try ledger.append(
                .init(
                    kind: .refund, at: now.milliseconds, key: order.key,
                    payment: order.paymentRemoteID, minor: order.amount.minorUnits,
                    currency: order.amount.currency.code, number: order.number))
            return RefundAnswer(.succeeded, remoteID: "sandbox_refund_\(offset)")
        }
    }

    package func lookUp(
        _ order: RefundOrder, remoteID: String?
    ) async -> LookUpAnswer<RefundAnswer> {
        answered(.unreachable("the sandbox's file cannot be used")) { ledger in
            guard let (offset, fact) = try ledger.find(key: order.key), fact.kind == .refund else {
                return .absent
            }
            return .found(RefundAnswer(.succeeded, remoteID: "sandbox_refund_\(offset)"))
        }
    }

    /// Given back, lost disputes included.
    private func returned(
        of payment: UInt64, _ ledger: borrowing SandboxLedger
    ) throws -> Int64 {
        try ledger.laterFacts(of: payment).reduce(0) { sum, fact in
            switch fact.kind {
            case .refund: sum + (fact.minor ?? 0)
            case .dispute: fact.state == "lost" ? sum + (fact.minor ?? 0) : sum
            case .pay, .lost, .settle, .forget: sum
            }
        }
    }

    // MARK: Messages and lists

    /// The signature protects nothing: its key is this constant. It is there so that the way of an
    /// inbound message can be tried.
    package func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage {
        guard
            let given = headers.first(where: { $0.name.lowercased() == "sandbox-signature" })?.value
        else { throw .unsigned }
        guard constantTimeEquals(Array(given.utf8), Array(SandboxMessages.signature(body).utf8))
        else { throw .wrongSignature }
        guard let message = SandboxMessages.decode(body) else { throw .malformed }
        return InboundMessage(remoteID: message.id, body: body)
    }

    package func news(
        in body: [UInt8], of bookID: String
    ) throws(InboundRefusal) -> [ProcessorNews] {
        guard let message = SandboxMessages.decode(body) else { throw .malformed }
        return message.payment.book == bookID ? SandboxMessages.news(message) : []
    }

    package func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage {
        let now = clock()
        return try listed { ledger in
            try ripen(&ledger, by: now)
            var position = cursor.flatMap { UInt64($0) } ?? 0
            var messages: [InboundMessage] = []
            while messages.count < SandboxProcessor.pageSize,
                let (fact, next) = try ledger.fact(at: position)
            {
                if fact.at >= since.milliseconds {
                    messages += try self.messages(of: fact, at: position, ledger)
                }
                position = next
            }
            return MessagePage(
                messages: messages, cursor: String(position),
                isLast: try ledger.fact(at: position) == nil)
        }
    }

    private func messages(
        of fact: SandboxLedger.Fact, at offset: UInt64, _ ledger: borrowing SandboxLedger
    ) throws -> [InboundMessage] {
        let payment: UInt64
        switch fact.kind {
        case .pay: payment = offset
        case .settle, .refund, .dispute:
            guard let of = fact.payment.flatMap(SandboxLedger.offset) else { return [] }
            payment = of
        case .lost, .forget: return []
        }
        guard let (paid, _) = try ledger.fact(at: payment) else { return [] }
        let message = SandboxMessages.Message(
            id: "sandbox_evt_\(offset)", payment: paid,
            name: SandboxLedger.name(of: payment), fact: fact, offset: offset)
        return [InboundMessage(remoteID: message.id, body: try SandboxMessages.encode(message))]
    }

    package func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage {
        let now = clock()
        return try listed { ledger in
            try ripen(&ledger, by: now)
            var position = cursor.flatMap { UInt64($0) } ?? 0
            var payments: [PaymentRecord] = []
            while payments.count < SandboxProcessor.pageSize,
                let (fact, next) = try ledger.fact(at: position)
            {
                if fact.kind == .pay, fact.book == bookID, fact.at >= since.milliseconds,
                    fact.at < until.milliseconds,
                    let (reference, amount) = SandboxMessages.reference(fact)
                {
                    payments.append(
                        PaymentRecord(
                            reference: reference, amount: amount,
                            answer: try answer(to: position, fact, ledger),
                            refundedMinor: try returned(of: position, ledger),
                            madeAt: Instant(milliseconds: fact.at)))
                }
                position = next
            }
            let isLast = try ledger.fact(at: position) == nil
            return PaymentPage(payments: payments, cursor: isLast ? nil : String(position))
        }
    }

    package func issuingCountry(
        ofToken token: String
    ) async throws(ProcessorUnavailable) -> String? {
        if case .country(let country) = SandboxToken(token) { return country }
        return nil
    }

    package func forget(
        token: String, customer: String?
    ) async throws(ProcessorUnavailable) {
        let now = clock()
        try listed { ledger in
            try ledger.append(
                .init(kind: .forget, at: now.milliseconds, token: digest(token)))
            return
        }
    }

    private static let pageSize = 500
}

// MARK: - The bank, as tests and demonstrations play it

extension SandboxProcessor {
    /// The bank decides about a payment that waits, for the reader or for itself.
    package func settle(payment name: String, declinedWith code: String? = nil) throws {
        try add(
            .init(
                kind: .settle, at: clock().milliseconds, payment: name,
                state: code == nil ? "succeeded" : "declined", code: code))
    }

    package func dispute(payment name: String, minor: Int64, state: Dispute.State) throws {
        try add(
            .init(
                kind: .dispute, at: clock().milliseconds, payment: name, minor: minor,
                state: state.rawValue))
    }

    private func add(_ fact: SandboxLedger.Fact) throws {
        _ = try ledger.withLock { ledger in try ledger.locked { try $0.append(fact) } }
    }
}

extension SandboxProcessor {
    private func answered<Answer: Sendable>(
        _ failed: Answer, _ body: @Sendable (inout SandboxLedger) throws -> Answer
    ) -> Answer {
        (try? ledger.withLock { ledger in try ledger.locked(body) }) ?? failed
    }

    private func listed<Answer: Sendable>(
        _ body: @Sendable (inout SandboxLedger) throws -> Answer
    ) throws(ProcessorUnavailable) -> Answer {
        do {
            return try ledger.withLock { ledger in try ledger.locked(body) }
        } catch {
            throw ProcessorUnavailable(reason: "\(error)", needsOperator: true)
        }
    }

    /// What was to happen by now has happened.
    private func ripen(_ ledger: inout SandboxLedger, by now: Instant) throws {
        for offset in ledger.takeRipe(by: now.milliseconds) {
            guard let (fact, _) = try ledger.fact(at: offset) else { continue }
            let name = SandboxLedger.name(of: offset)
            if fact.state == "pending" {
                try ledger.append(
                    .init(
                        kind: .settle, at: fact.ripensAt ?? now.milliseconds, payment: name,
                        state: "succeeded"))
            } else if fact.state == "succeeded" {
                try ledger.append(
                    .init(
                        kind: .dispute, at: fact.ripensAt ?? now.milliseconds, payment: name,
                        minor: fact.minor, state: Dispute.State.open.rawValue))
            }
        }
    }

    private func repeatMessage(
        of offset: UInt64, _ ledger: inout SandboxLedger, at now: Instant
    ) throws {
        try ledger.append(
            .init(
                kind: .settle, at: now.milliseconds, payment: SandboxLedger.name(of: offset),
                state: "succeeded"))
    }

    /// Tokens stand in no file, not even these.
    private func digest(_ token: String) -> String {
        String(SandboxLedger.hash(token), radix: 16)
    }
}
