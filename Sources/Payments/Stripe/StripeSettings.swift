/// The settings of the Stripe adapter. It prints none of its secrets.
package struct StripeSettings: Sendable {
    /// `sk_…` or, better, `rk_…` with the rights that `StripeProcessor` names.
    package let secretKey: String
    /// `whsec_…` of the endpoint that Stripe calls; nil if there is none, and then every message is
    /// rejected.
    package let webhookSecret: String?
    package let baseURL: String
    package let connectSeconds: Int64
    /// Limit for one call. Stripe's own libraries wait 80 s; asking a bank seldom takes over 20 s.
    package let callSeconds: Int64
    /// Seconds from the first call of an order after which no further one begins.
    package let totalSeconds: Int64
    package let requestsPerSecond: Int64
    package let mode: ProcessorMode

    /// Throws `StripeSettingsError` if the key is not one of Stripe's secret keys, the signing
    /// secret is empty, the address is not safe, or a time or rate is not above zero. Without
    /// `requestsPerSecond`, the rate stays below Stripe's limits, 25 in test and 100 in live mode
    /// (docs.stripe.com/rate-limits), and leaves room for other programs that use the account.
    package init(
        secretKey: String, webhookSecret: String?, baseURL: String = standardBaseURL,
        connectSeconds: Int64 = 10, callSeconds: Int64 = 40, totalSeconds: Int64 = 90,
        requestsPerSecond: Int64? = nil
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
        // A line end from a file, or a space, would break the header.
        guard key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return match?.1
    }

    /// Plain HTTP is allowed only to this machine, and only with a test key.
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

/// Why the settings cannot be used. Never holds the secret itself.
package enum StripeSettingsError: Error, Equatable, CustomStringConvertible {
    case wrongKey, emptyWebhookSecret, unsafeAddress, notPositive
    /// libcrypto cannot sign.
    case noCryptography

    package var description: String {
        switch self {
        case .wrongKey:
            "is not a secret key of Stripe; those begin with rk_live_, sk_live_, rk_test_ or "
                + "sk_test_"
        case .emptyWebhookSecret:
            "the signing secret is empty; copy it from the endpoint's page at Stripe, or leave it "
                + "out"
        case .unsafeAddress:
            "must begin with https:// and not end with a slash; with a test key, "
                + "http://127.0.0.1:PORT works too"
        case .notPositive: "every time and rate must be above zero"
        case .noCryptography: "HMAC-SHA256 is missing from libcrypto"
        }
    }
}
