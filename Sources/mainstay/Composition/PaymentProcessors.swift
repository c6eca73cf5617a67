import Payments
import Workflows

extension Session {
    /// Lends the payment processors that settings name; connections are closed afterwards. Without
    /// any, and beside one in test mode, there is the sandbox. Throws Problem `.notPermitted` where
    /// real money would move at a time that was made up.
    func reachingProcessors<Answer>(
        _ body: (Processors) async throws -> Answer
    ) async throws -> Answer {
        guard let stripe = try stripe() else { return try await body(Processors([sandbox()])) }
        do {
            let all: [any PaymentProcessor] =
                stripe.mode == .live ? [stripe] : [stripe, try sandbox()]
            if isRehearsal, stripe.mode == .live {
                throw Problem(
                    .notPermitted, field: "--now",
                    "is for rehearsals, and \(stripe.name) is in live mode; leave it out")
            }
            let answer = try await body(Processors(all))
            try await stripe.close()
            return answer
        } catch {
            try? await stripe.close()
            throw error
        }
    }

    /// The method with what its processor tells of it before a bank hears of it, where the newsroom
    /// decides anything by country.
    func previewed(_ details: MethodDetails) async throws -> MethodDetails {
        guard try await BrowseBook.asksForCountries(in: context) else { return details }
        return try await reachingProcessors { processors in
            try await details.previewed(through: processors, in: context)
        }
    }

    private func sandbox() throws -> SandboxProcessor {
        let context = context
        return try SandboxProcessor(
            file: source[.sandboxFile] ?? location.path + ".sandbox", clock: { context.now })
    }

    /// Nil where no key is set.
    private func stripe() throws -> StripeProcessor? {
        guard let key = source[.stripeSecretKey] else {
            guard source[.stripeWebhookSecret] == nil else {
                throw Problem(
                    .invalid, field: "stripe.webhook_secret", "is set without stripe.secret_key")
            }
            return nil
        }
        do {
            let settings = try StripeSettings(
                secretKey: key, webhookSecret: source[.stripeWebhookSecret],
                baseURL: source[.stripeBaseURL] ?? "")
            return try StripeProcessor(settings: settings, clock: StripeClock(ContinuousClock()))
        } catch {
            throw Problem(.invalid, field: error.field, error.description)
        }
    }
}

extension StripeSettingsError {
    /// The setting that is wrong.
    fileprivate var field: String {
        switch self {
        case .emptyWebhookSecret: "stripe.webhook_secret"
        case .unsafeAddress: "stripe.base_url"
        case .wrongKey, .notPositive, .noCryptography: "stripe.secret_key"
        }
    }
}
