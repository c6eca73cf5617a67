/// What the adapter must be told. It prints none of its secrets.
package struct StripeSettings: Sendable {
    /// `sk_…` or, better, `rk_…` with the rights that `StripeProcessor` names.
    package let secretKey: String
    /// `whsec_…` of the endpoint that Stripe calls; nil where it calls none: nothing is believed.
    package let webhookSecret: String?
    package let baseURL: String
    /// Where a bank sends the reader who is on the page back to; without it Stripe names no page on
    /// which a question of the bank can be answered.
    package let returnURL: String?
    package let connectSeconds: Int64
    /// For one call. Stripe's own libraries wait 80 s; a bank is seldom asked for over 20 s.
    package let callSeconds: Int64
    /// For one order with all its calls and the waiting between them.
    package let totalSeconds: Int64
    package let requestsPerSecond: Int64
    package let mode: ProcessorMode

    /// Throws when the key is none of Stripe's secret keys, or the address is no safe one.
    /// `requestsPerSecond` nil: under Stripe's limits, 25 in test and 100 in live mode
    /// (docs.stripe.com/rate-limits), with room for what else uses the account.
    package init(
        secretKey: String, webhookSecret: String?, baseURL: String = standardBaseURL,
        returnURL: String? = nil, connectSeconds: Int64 = 10, callSeconds: Int64 = 40,
        totalSeconds: Int64 = 90, requestsPerSecond: Int64? = nil
    ) throws(StripeSettingsError) {
        guard let mode = StripeSettings.mode(of: secretKey) else { throw .wrongKey }
        if let webhookSecret, webhookSecret.isEmpty { throw .emptyWebhookSecret }
        guard StripeSettings.isSafe(baseURL, mode) else { throw .unsafeAddress }
        guard connectSeconds > 0, callSeconds > 0, totalSeconds > 0, (requestsPerSecond ?? 1) > 0
        else { throw .notPositive }
        self.mode = mode
        self.secretKey = secretKey
        self.webhookSecret = webhookSecret
        self.baseURL = baseURL
        self.returnURL = returnURL
        self.connectSeconds = connectSeconds
        self.callSeconds = callSeconds
        self.totalSeconds = totalSeconds
        self.requestsPerSecond = requestsPerSecond ?? (mode == .live ? 80 : 20)
    }

    package static let standardBaseURL = "https://api.stripe.com"

    /// docs.stripe.com/keys: `sk_` secret and `rk_` restricted keys, each `test_` or `live_`.
    private static func mode(of key: String) -> ProcessorMode? {
        let prefixes: [(String, ProcessorMode)] = [
            ("sk_test_", .test), ("rk_test_", .test), ("sk_live_", .live), ("rk_live_", .live),
        ]
        let match = prefixes.first { key.hasPrefix($0.0) && key.utf8.count > $0.0.utf8.count }
        // A line end from a file, or a space, would break a header.
        guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return match?.1
    }

    /// Without TLS on this machine alone, and never with a key that moves money.
    private static func isSafe(_ url: String, _ mode: ProcessorMode) -> Bool {
        if url.hasPrefix("https://") { return !url.hasSuffix("/") }
        guard mode == .test, url.hasPrefix("http://127.0.0.1:") else { return false }
        return url.dropFirst("http://127.0.0.1:".count).allSatisfy { $0.isASCII && $0.isNumber }
    }
}

extension StripeSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "StripeSettings(\(mode.rawValue), \(baseURL))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["mode": mode.rawValue]) }
}

/// Why the settings cannot be used; never the secret itself.
package enum StripeSettingsError: Error, Equatable, CustomStringConvertible {
    case wrongKey, emptyWebhookSecret, unsafeAddress, notPositive
    /// libcrypto cannot sign.
    case noCryptography

    package var description: String {
        switch self {
        case .wrongKey:
            "not a secret key of Stripe; it begins with rk_live_, sk_live_, rk_test_ or sk_test_"
        case .emptyWebhookSecret:
            "the signing secret is empty; copy it from the endpoint's page at Stripe, or leave it "
                + "out"
        case .unsafeAddress:
            "Stripe's address must begin with https://, without a slash at its end; "
                + "http://127.0.0.1:PORT goes with a test key"
        case .notPositive: "a time or a rate is not above zero"
        case .noCryptography: "HMAC-SHA256 is missing from libcrypto"
        }
    }
}
