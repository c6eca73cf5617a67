import MainstayWebhooks
import Testing

@Suite struct VerifierTests {
    private static let secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    private static let other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let body = Array(#"{"type":"pledge.registered"}"#.utf8)
    private static let now: Int64 = 1_700_000_000

    private func sign(_ secrets: String..., at timestamp: Int64 = now) throws -> String {
        try WebhookSigner(secrets: secrets.map { try WebhookSecret($0) })
            .signature(of: Self.body, id: "evt_1", timestamp: timestamp)
    }

    private func verify(
        _ body: [UInt8] = body, id: String? = "evt_1", timestamp: String? = String(now),
        signature: String?, by secrets: [String] = [secret], now: Int64 = now
    ) throws(WebhookError) {
        var known: [WebhookSecret] = []
        for secret in secrets { known.append(try WebhookSecret(secret)) }
        try WebhookVerifier(secrets: known).verify(
            body, id: id, timestamp: timestamp, signature: signature, now: now)
    }

    @Test func `what was signed is taken, and nothing else`() throws {
        let signature = try sign(Self.secret)
        try verify(signature: signature)
        #expect(throws: WebhookError.noMatchingSignature) {
            try verify(Self.body + [0x20], signature: signature)
        }
        #expect(throws: WebhookError.noMatchingSignature) {
            try verify(id: "evt_2", signature: signature)
        }
        #expect(throws: WebhookError.noMatchingSignature) {
            try verify(timestamp: String(Self.now + 1), signature: signature)
        }
        #expect(throws: WebhookError.noMatchingSignature) {
            try verify(signature: signature, by: [Self.other])
        }
    }

    @Test func `any of several signatures, by any of several secrets, suffices`() throws {
        let both = try sign(Self.other, Self.secret)
        try verify(signature: both)
        try verify(signature: "v1a,AAAA v2,x \(both)")
        try verify(signature: try sign(Self.secret), by: [Self.other, Self.secret])
        #expect(throws: WebhookError.noMatchingSignature) { try verify(signature: both, by: []) }
    }

    @Test(arguments: [(-300, true), (300, true), (-301, false), (301, false)])
    func `a timestamp may be five minutes off, either way`(offset: Int64, isTaken: Bool) throws {
        let at = Self.now + offset
        let signature = try sign(Self.secret, at: at)
        if isTaken {
            try verify(timestamp: String(at), signature: signature)
        } else {
            #expect(throws: WebhookError.outsideTolerance) {
                try verify(timestamp: String(at), signature: signature)
            }
        }
    }

    @Test(arguments: [nil, "", "now", "-1", "+1700000000", "1e9", "99999999999999999999"])
    func `a malformed timestamp is refused`(timestamp: String?) throws {
        let signature = try sign(Self.secret)
        #expect(throws: WebhookError.malformedHeader("webhook-timestamp")) {
            try verify(timestamp: timestamp == "" ? "x" : timestamp, signature: signature)
        }
    }

    @Test func `the largest timestamp overflows nothing`() throws {
        let signature = try sign(Self.secret)
        #expect(throws: WebhookError.outsideTolerance) {
            try verify(timestamp: String(Int64.max), signature: signature, now: -1)
        }
    }

    @Test(arguments: [nil, ""])
    func `a missing header is named`(value: String?) throws {
        let signature = try sign(Self.secret)
        #expect(throws: WebhookError.malformedHeader("webhook-id")) {
            try verify(id: value, signature: signature)
        }
        #expect(throws: WebhookError.malformedHeader("webhook-signature")) {
            try verify(signature: value)
        }
    }

    @Test(arguments: [
        "v1", "v1,", "v1,????", "v1,AAAA", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", " ",
        String(repeating: "v1,AAAA ", count: 1_000),
    ])
    func `a malformed signature matches nothing`(signature: String) {
        #expect(throws: WebhookError.noMatchingSignature) { try verify(signature: signature) }
    }

    @Test(arguments: [
        "", "whsec_", "whsec_AAAA", "whsec_????", "whsec_" + String(repeating: "A", count: 31),
        "whsec_" + String(repeating: "AAAA", count: 22),
    ])
    func `a secret is the base64 of 24 to 64 bytes`(text: String) {
        #expect(throws: WebhookError.malformedSecret) { try WebhookSecret(text) }
    }

    @Test func `a secret does not show itself, and may come without its prefix`() throws {
        let secret = try WebhookSecret(String(Self.secret.dropFirst(6)))
        #expect(secret.text == Self.secret)
        #expect("\(secret)" == "whsec_…")
    }
}
