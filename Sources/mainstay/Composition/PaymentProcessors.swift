import Payments
import Workflows

extension Session {
    /// Lends the payment processors that settings name; connections are closed afterwards. Without
    /// any, and beside one in test mode, there is the sandbox.
    func reachingProcessors<Answer>(
        _ body: (Processors) async throws -> Answer
    ) async throws -> Answer {
        guard let stripe = try stripe() else { return try await body(Processors([sandbox()])) }
        do {
            let all: [any PaymentProcessor] =
                stripe.mode == .live ? [stripe] : [stripe, try sandbox()]
            let answer = try await body(Processors(all))
            try await stripe.close()
            return answer
        } catch {
            try? await stripe.close()
            throw error
        }
    }

    /// The method with what its processor, which must be set up, tells of it before a bank hears of
    /// it.
    func previewed(_ details: MethodInput) async throws -> MethodInput {
        guard try await BrowseBook.asksForCountries(in: context) else {
            let names = try source.processorNames()
            guard names.contains(details.processor) else { throw Processors.notSetUp(names) }
            return details
        }
        return try await reachingProcessors { processors in
            try await details.previewed(through: processors, in: context)
        }
    }

    private func stripe() throws -> StripeProcessor? {
        guard let settings = try source.stripeSettings() else { return nil }
        do {
            return try StripeProcessor(settings: settings, clock: SteadyClock(ContinuousClock()))
        } catch {
            throw Problem(.invalid, field: error.field, error.description)
        }
    }

    private func sandbox() throws -> SandboxProcessor {
        let context = context
        return try SandboxProcessor(
            file: source[.sandboxFile] ?? location.path + ".sandbox", clock: { context.now })
    }
}

extension SettingsSource {
    /// Of those that `reachingProcessors` lends.
    fileprivate func processorNames() throws -> [String] {
        switch try stripeSettings()?.mode {
        case nil: ["sandbox"]
        case .test: ["stripe", "sandbox"]
        case .live: ["stripe"]
        }
    }

    /// Throws Problem `.notPermitted` where real money moves: what a made-up time decides about
    /// reminders, mails or people would be as real.
    func refuseRehearsal() throws {
        guard try stripeSettings()?.mode == .live else { return }
        throw Problem(
            .notPermitted, field: "--now",
            "is for rehearsals, and stripe is in live mode; leave it out")
    }

    /// Nil where no key is set.
    fileprivate func stripeSettings() throws -> StripeSettings? {
        guard let key = self[.stripeSecretKey] else {
            guard self[.stripeWebhookSecret] == nil else {
                throw Problem(
                    .invalid, field: "stripe.webhook_secret", "is set without stripe.secret_key")
            }
            return nil
        }
        do {
            return try StripeSettings(
                secretKey: key, webhookSecret: self[.stripeWebhookSecret],
                baseURL: self[.stripeBaseURL] ?? "")
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
