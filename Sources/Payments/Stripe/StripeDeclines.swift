import Pledging

/// Makes answers and declines from Stripe's refusals. Codes: docs.stripe.com/error-codes and
/// docs.stripe.com/declines/codes.
extension StripeErrorDetail {
    /// Returns the answer to an order that Stripe refused.
    func answer(status: Int) -> ChargeAnswer {
        let remoteID = paymentIntent?.id
        // The same key with other fields: an earlier call used it and may have taken the money.
        if type == "idempotency_error" {
            return ChargeAnswer(
                .unknown("Stripe knows this idempotency key from a different order"))
        }
        switch status {
        case 402: return ChargeAnswer(outcome(), remoteID: remoteID)
        case 400, 401, 403, 404: return ChargeAnswer(.declined(refusal(status: status)))
        default: return ChargeAnswer(.unknown("Stripe answered \(status)"), remoteID: remoteID)
        }
    }

    /// Returns the outcome of a payment that failed. `failureCode` is the charge's, which is more
    /// precise for bank debits.
    func outcome(failureCode: String? = nil) -> ChargeOutcome {
        let code = declineCode(failureCode: failureCode)
        switch code {
        // The reader was absent, or did not pass the bank's check: they can still confirm it.
        case "authentication_required", "payment_intent_authentication_failure":
            return .actionNeeded(url: nil)
        default: return .declined(Decline(code: code, advice: advice))
        }
    }

    /// The code, like `insufficient_funds`, for an operator's list; nil if none can be shown.
    var shownCode: String? { StripeErrorDetail.code(code) }

    /// Returns the text if it has the form of a code; else nil. The text comes from outside.
    static func code(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                    || (0x61...0x7A).contains(byte)
            })
        else { return nil }
        return text
    }

    /// Whether a code says why the payment failed.
    var isTelling: Bool {
        [declineCode, code].compactMap(StripeErrorDetail.code).contains {
            !StripeErrorDetail.vague.contains($0)
        }
    }

    private func declineCode(failureCode: String?) -> String {
        let told = [declineCode, code, failureCode].compactMap(StripeErrorDetail.code)
        let telling = told.first { !StripeErrorDetail.vague.contains($0) }
        // The mandate is invalid for good; nothing says that the reader revoked it.
        if telling == StripeErrorDetail.mandateInvalid { return "not_permitted" }
        return telling ?? told.first ?? "generic_decline"
    }

    private var advice: Decline.Advice? {
        switch adviceCode {
        case "confirm_card_data": .askSupporter
        case "do_not_try_again": .doNotRetry
        case "try_again_later": .retryLater
        default: nil
        }
    }

    static let mandateInvalid = "payment_intent_mandate_invalid"
    /// Codes that only say that the payment failed.
    private static let vague: Set<String> = [
        "card_declined", "payment_intent_payment_attempt_failed",
        "payment_method_provider_decline", "payment_method_customer_decline",
    ]
}

extension StripeError {
    /// Worded for an operator.
    var words: String {
        switch self {
        case .silent(let words): words
        case .refused(let status, let detail):
            "Stripe refused: \(status) \(detail.shownCode ?? "without a code")"
        }
    }

    var unavailable: ProcessorUnavailable {
        switch self {
        case .silent(let words): ProcessorUnavailable(reason: words)
        case .refused(let status, _):
            ProcessorUnavailable(reason: words, needsOperator: status == 401 || status == 403)
        }
    }
}
