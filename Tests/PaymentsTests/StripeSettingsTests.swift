import Payments
import Testing

@Suite struct StripeSettingsTests {
    @Test(arguments: [
        ("sk_test_abc", ProcessorMode.test), ("rk_test_abc", .test), ("sk_live_abc", .live),
        ("rk_live_abc", .live),
    ])
    func `the key says whether real money moves`(key: String, mode: ProcessorMode) throws {
        let settings = try StripeSettings(secretKey: key, webhookSecret: nil)
        #expect(settings.mode == mode)
        #expect(settings.requestsPerSecond == (mode == .live ? 80 : 20))
    }

    @Test(arguments: [
        "", "pk_test_abc", "sk_test_", "sk_abc", "whsec_abc", "sk_test_abc\n", "sk_test_a b",
        "sk_test_\u{00E4}",
    ])
    func `any other text is not a key, and is not repeated`(key: String) {
        let error = #expect(throws: StripeSettingsError.self) {
            try StripeSettings(secretKey: key, webhookSecret: nil)
        }
        #expect(error == .wrongKey)
        #expect(["", "sk_test_"].contains(key) || error?.description.contains(key) == false)
    }

    @Test(arguments: [
        "http://api.stripe.com", "https://api.stripe.com/", "ftp://127.0.0.1:1",
        "http://127.0.0.1:80@example.org", "http://localhost:1", "",
    ])
    func `without TLS it connects only to this machine`(url: String) {
        #expect(throws: StripeSettingsError.unsafeAddress) {
            try StripeSettings(secretKey: "sk_test_abc", webhookSecret: nil, baseURL: url)
        }
    }

    @Test func `a live key is never sent without TLS`() {
        #expect(throws: StripeSettingsError.unsafeAddress) {
            try StripeSettings(
                secretKey: "sk_live_abc", webhookSecret: nil, baseURL: "http://127.0.0.1:9")
        }
    }

    @Test func `an empty signing secret and a zero time-out are refused`() {
        #expect(throws: StripeSettingsError.emptyWebhookSecret) {
            try StripeSettings(secretKey: "sk_test_abc", webhookSecret: "")
        }
        #expect(throws: StripeSettingsError.notPositive) {
            try StripeSettings(secretKey: "sk_test_abc", webhookSecret: nil, callSeconds: 0)
        }
    }

    @Test func `no printed form contains a secret`() throws {
        let settings = try StripeSettings(
            secretKey: "sk_test_hidden", webhookSecret: "whsec_hidden")
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), "\([settings])", dumped] {
            #expect(!text.contains("hidden"), "\(text)")
        }
    }
}
