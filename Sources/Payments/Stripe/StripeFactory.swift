import Pledging

extension StripeProcessor {
    static let factory = ProcessorFactory(
        name: "stripe", settings: [.stripeSecretKey, .stripeWebhookSecret, .stripeBaseURL],
        maximumMinorUnits: {
            // docs.stripe.com/currencies: an amount has at most eight digits.
            StripeAmount.minor(units: 99_999_999, currency: $0.code)
        },
        mode: { (settings) throws(ProcessorSetupError) in try StripeSettings(settings)?.mode },
        make: { (settings, place) throws(ProcessorSetupError) in
            guard let own = try StripeSettings(settings) else {
                throw .setting(ProcessorSetting.stripeSecretKey.name, reason: "is not set")
            }
            do throws(StripeSettingsError) {
                return try StripeProcessor(settings: own, clock: place.steady)
            } catch {
                throw error.naming
            }
        })
}

extension ProcessorSetting {
    /// A secret key or, better, a restricted key; its prefix decides whether real money moves.
    fileprivate static let stripeSecretKey = ProcessorSetting("stripe.secret_key", isSecret: true)
    /// The signing secret of the endpoint that Stripe calls.
    fileprivate static let stripeWebhookSecret = ProcessorSetting(
        "stripe.webhook_secret", isSecret: true)
    /// Stripe's address. Plain HTTP needs a test key and works on this machine only.
    fileprivate static let stripeBaseURL = ProcessorSetting(
        "stripe.base_url", standard: StripeSettings.standardBaseURL)
}

extension StripeSettings {
    /// Returns nil if no key is set. Throws `ProcessorSetupError` for a setting that cannot be
    /// used.
    fileprivate init?(_ settings: ProcessorSettings) throws(ProcessorSetupError) {
        let webhookSecret = settings[.stripeWebhookSecret]
        guard let key = settings[.stripeSecretKey] else {
            guard webhookSecret == nil else {
                throw .setting(
                    ProcessorSetting.stripeWebhookSecret.name,
                    reason: "is set without \(ProcessorSetting.stripeSecretKey.name)")
            }
            return nil
        }
        do {
            try self.init(
                secretKey: key, webhookSecret: webhookSecret,
                baseURL: settings[.stripeBaseURL] ?? StripeSettings.standardBaseURL)
        } catch {
            throw error.naming
        }
    }
}

extension StripeSettingsError {
    /// The same error, with the name of the wrong setting.
    fileprivate var naming: ProcessorSetupError {
        let setting: ProcessorSetting =
            switch self {
            case .emptyWebhookSecret: .stripeWebhookSecret
            case .unsafeAddress: .stripeBaseURL
            case .wrongKey, .notPositive, .noCryptography: .stripeSecretKey
            }
        return .setting(setting.name, reason: description)
    }
}
