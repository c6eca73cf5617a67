import Foundation
import OpenSSL
import Pledging

/// Makes answers and messages from the Sandbox's facts.
enum SandboxMessages {
    struct Message: Codable {
        let id: String
        /// The payment that it is about, as it was made.
        let payment: SandboxLedger.Fact
        let name: String
        let fact: SandboxLedger.Fact
        let offset: UInt64
    }

    static func encode(_ message: Message) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(message))
    }

    static func decode(_ body: [UInt8]) -> Message? {
        try? JSONDecoder().decode(Message.self, from: Data(body))
    }

    static func signature(_ body: [UInt8]) -> String {
        guard let key = try? HMACSHA256(key: SecretBytes(Array("sandbox".utf8))),
            let tag = try? key.authenticate(body)
        else { return "" }
        return hexadecimal(tag)
    }

    static func news(_ message: Message) -> [ProcessorNews] {
        let fact = message.fact
        guard let (reference, amount) = reference(message.payment) else { return [] }
        switch fact.kind {
        case .pay, .settle:
            let answer = answer(
                fact, minor: amount.minorUnits, currency: amount.currency.code,
                payment: message.name)
            return [.charge(reference, amount, answer)]
        case .refund:
            let money = Money(minorUnits: fact.minor ?? 0, currency: amount.currency)
            let answer = RefundAnswer(
                .succeeded, remoteID: SandboxLedger.refundName(of: message.offset))
            return [
                .refund(
                    paymentRemoteID: message.name, number: fact.number, money, answer)
            ]
        case .dispute:
            guard let state = fact.state.flatMap(Dispute.State.init) else { return [] }
            let money = Money(minorUnits: fact.minor ?? 0, currency: amount.currency)
            return [
                .dispute(
                    paymentRemoteID: message.name, remoteID: "sandbox_dispute_\(message.name)",
                    money, state)
            ]
        case .lost, .forget: return []
        }
    }

    /// Returns the reference and amount of a payment; nil for a line that another program wrote.
    static func reference(_ fact: SandboxLedger.Fact) -> (ChargeReference, Money)? {
        guard let book = fact.book, let charge = fact.charge.flatMap(id) as ID<Charge>?,
            let pledge = fact.pledge.flatMap(id) as ID<Pledge>?, let period = fact.period,
            let periods = fact.periods, let attempt = fact.attempt, let minor = fact.minor,
            let currency = try? Currency(fact.currency ?? "")
        else { return nil }
        return (
            ChargeReference(
                bookID: book, chargeID: charge, pledgeID: pledge, firstPeriod: period,
                periodCount: periods, attempt: attempt),
            Money(minorUnits: minor, currency: currency)
        )
    }

    private static func id<Entity: Identified>(_ text: String) -> ID<Entity>? {
        try? ID(parsing: text)
    }

    static func answer(
        _ fact: SandboxLedger.Fact, minor: Int64, currency: String, payment: String
    ) -> ChargeAnswer {
        let outcome: ChargeOutcome =
            switch fact.state {
            case "succeeded":
                .succeeded(
                    at: Instant(milliseconds: fact.at),
                    settlement(minor, currency, at: Instant(milliseconds: fact.at)))
            case "action": .actionNeeded(url: nil)
            case "pending": .pending
            default: .declined(Decline(code: fact.code ?? "generic_decline"))
            }
        return ChargeAnswer(outcome, remoteID: payment)
    }

    /// The fee is 30 minor units and 2.9 %, rounded half up, and always less than the amount. Each
    /// day (UTC) has one payout.
    static func settlement(
        _ minor: Int64, _ currency: String, at: Instant
    ) -> Settlement {
        let fee = min(30 + (minor * 29 + 500) / 1_000, max(0, minor - 1))
        return Settlement(
            feeMinor: fee, netMinor: minor - fee, currency: currency,
            payoutID: payoutName(at.utcDate))
    }

    static func payoutName(_ day: CivilDate) -> String { "sandbox_payout_\(day)" }
}
