import Pledging
import Testing

// A monthly pledge of 5.00 USD since 2026-01-15, its charge of 2026-03-15, and that charge's first
// attempt. A test changes what it is about.

extension Pledge {
    static func example(
        _ state: PledgeState = .active, _ change: (inout Pledge) throws -> Void = { _ in }
    ) throws -> Pledge {
        let start = try CivilDate.example("2026-01-15")
        var pledge = try Pledge(
            id: ID(bits: 1), supporterID: ID(bits: 2), paymentMethodID: ID(bits: 3),
            amount: .example(500), interval: .month, state: state, anchor: Anchor(start),
            startedOn: start, nextChargeOn: .example("2026-04-15"), nextPeriod: 4,
            createdAt: Instant(milliseconds: 0))
        try change(&pledge)
        return pledge
    }
}

extension Charge {
    static func example(
        _ state: ChargeState = .submitted, dueOn: String = "2026-03-15",
        _ change: (inout Charge) throws -> Void = { _ in }
    ) throws -> Charge {
        var charge = try Charge(
            id: ID(bits: 4), pledgeID: ID(bits: 1), supporterID: ID(bits: 2), firstPeriod: 3,
            amount: .example(500), dueOn: .example(dueOn), state: state, attempts: 1,
            firstAttemptOn: .example("2026-03-15"), createdAt: Instant(milliseconds: 0))
        try change(&charge)
        return charge
    }
}

extension ChargeAttempt {
    static func example(
        _ state: State = .submitted, _ change: (inout ChargeAttempt) -> Void = { _ in }
    ) -> ChargeAttempt {
        var attempt = ChargeAttempt(
            chargeID: ID(bits: 4), number: 1, paymentMethodID: ID(bits: 3), processor: "sandbox",
            state: state, startedAt: Instant(milliseconds: 0), leasedUntil: nil)
        change(&attempt)
        return attempt
    }
}

extension Money {
    static func example(_ minorUnits: Int64) throws -> Money {
        Money(minorUnits: minorUnits, currency: try Currency("USD"))
    }
}

extension CivilDate {
    static func example(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }
}

extension Instant {
    static func example(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }
}

extension DeclineBucket {
    /// A code of the table that is in this bucket.
    var exampleCode: String {
        switch self {
        case .soft: "insufficient_funds"
        case .needsSupporter: "incorrect_number"
        case .hard: "lost_card"
        case .revoked: "stop_payment_order"
        case .operator: "api_key_expired"
        case .impossible: "amount_too_small"
        case .unknownOutcome: "duplicate_transaction"
        }
    }
}
