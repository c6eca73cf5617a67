import Pledging

/// Whose fault it is that Stripe refused a request without asking a bank
/// (docs.stripe.com/api/errors, docs.stripe.com/error-codes).
enum StripeFault: Hashable, Sendable {
    /// The key, its rights or the account: nothing more can be charged.
    case account
    /// The reader's token, its customer or its mandate.
    case token
    /// The amount or the currency.
    case amount
    /// Something else about this request.
    case request

    /// Decides by status, code and `param`; the first row that fits counts.
    init(status: Int, code: String?, param: String?) {
        let decline = code.map { Decline(code: $0) }
        let name = param.map { $0.prefix { $0 != "[" } } ?? ""
        if status == 401 || status == 403 || decline?.bucket == .operator {
            self = .account
        } else if StripeFault.amountParams.contains(name) || decline?.bucket == .impossible {
            self = .amount
        } else if StripeFault.tokenParams.contains(name) {
            self = .token
        } else if name.isEmpty || code.map(StripeFault.namesMethod) == true {
            // All our requests have the same form, so what differs is the reader's token.
            self = .token
        } else {
            self = .request
        }
    }

    private static func namesMethod(_ code: String) -> Bool {
        code.hasPrefix("payment_method_")
            || [
                "payment_intent_incompatible_payment_method", "token_already_used",
                "invalid_source_usage",
            ].contains(code)
    }

    private static let amountParams: Set<Substring> = ["amount", "currency"]
    private static let tokenParams: Set<Substring> = [
        "payment_method", "customer", "mandate", "source",
    ]
}

extension StripeErrorDetail {
    /// Returns the decline for a request that Stripe refused without asking a bank.
    func refusal(status: Int) -> Decline {
        let told = StripeErrorDetail.code(code)
        // The mandate is invalid for good; nothing says that the reader revoked it.
        if told == StripeErrorDetail.mandateInvalid { return Decline(code: "not_permitted") }
        func listed(_ buckets: DeclineBucket...) -> Decline? {
            let decline = told.map { Decline(code: $0) }
            return decline.flatMap { $0.isListed && buckets.contains($0.bucket) ? $0 : nil }
        }
        switch StripeFault(status: status, code: told, param: param) {
        case .account: return listed(.operator) ?? Decline(code: "secret_key_required")
        case .token: return listed(.needsSupporter, .hard) ?? Decline(code: Decline.missingToken)
        case .amount: return listed(.impossible) ?? Decline(code: "invalid_amount")
        case .request: return Decline(code: Decline.requestRefused)
        }
    }
}
