/// When Stripe's answers are worth another call under the same key. The header
/// `Stripe-Should-Retry` decides if it is sent (docs.stripe.com/error-low-level and Stripe's own
/// libraries).
enum StripeRetry {
    static let policy = HTTPRetry { answer in
        if answer.isSuccess { return false }
        switch answer.header("stripe-should-retry") {
        case "true": return true
        case "false": return false
        default: return HTTPRetry.tellsNothing(answer)
        }
    }
}
