extension SandboxLedger {
    /// One fact, as stored in the file.
    struct Fact: Codable, Sendable {
        enum Kind: String, Codable { case pay, lost, settle, refund, dispute, forget }

        var kind: Kind
        /// When, in milliseconds since 1970.
        var at: Int64
        /// The idempotency key of a payment or refund.
        var key: String?
        /// The name of the payment that it is about; nil for the payment itself.
        var payment: String?
        var book: String?
        var charge: String?
        var pledge: String?
        var period: Int?
        var periods: Int?
        var attempt: Int?
        var minor: Int64?
        var currency: String?
        /// `succeeded`, `declined`, `action`, `pending`; of a dispute `open`, `won`, `lost`.
        var state: String?
        var code: String?
        /// When a late payment succeeds or a dispute opens, in milliseconds since 1970.
        var ripensAt: Int64?
        /// Our number of a refund.
        var number: Int?
        /// A digest of the token.
        var token: String?
    }

    // MARK: Names

    /// A payment's name contains the offset of its line.
    static func name(of payment: UInt64) -> String { "sandbox_pay_\(payment)" }

    static func offset(of payment: String) -> UInt64? {
        guard payment.hasPrefix("sandbox_pay_") else { return nil }
        return UInt64(payment.dropFirst("sandbox_pay_".count))
    }

    static func refundName(of refund: UInt64) -> String { "sandbox_refund_\(refund)" }

    /// The file stores only digests of tokens.
    static func digest(ofToken token: String) -> String { String(hash(token), radix: 16) }

    /// FNV-1a: the same in every process.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
