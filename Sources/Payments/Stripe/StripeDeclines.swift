import Pledging

/// Stripe's refusals in the house's words.
/// Codes: docs.stripe.com/error-codes and docs.stripe.com/declines/codes.
extension StripeErrorDetail {
    /// What a refused order is to the charge.
    func answer(status: Int) -> ChargeAnswer {
        let remoteID = paymentIntent?.id
        // The same key with other fields: some earlier call had it, and may have taken the money.
        if type == "idempotency_error" {
            return ChargeAnswer(.unknown("Stripe has the key with another order"))
        }
        switch status {
        case 402: return ChargeAnswer(outcome(), remoteID: remoteID)
        case 400, 404: return ChargeAnswer(.declined(refusal()), remoteID: remoteID)
        case 401, 403:
            return ChargeAnswer(.declined(StripeErrorDetail.accountRefusal(code)))
        default: return ChargeAnswer(.unknown("Stripe answered \(status)"), remoteID: remoteID)
        }
    }

    /// What the bank or Stripe said of a payment that did not go through. `failureCode` is the
    /// charge's, which says more of bank debits.
    func outcome(failureCode: String? = nil) -> ChargeOutcome {
        let code = declineCode(failureCode: failureCode)
        switch code {
        // Nobody was there to answer the bank; the reader can.
        case "authentication_required": return .actionNeeded(url: nil)
        // The reader was there, and did not pass.
        case "payment_intent_authentication_failure":
            return .declined(Decline(code: "authentication_required", advice: advice))
        default: return .declined(Decline(code: code, advice: advice))
        }
    }

    /// `insufficient_funds` … for an operator's list; nil where there is none that can be shown.
    var shownCode: String? { StripeErrorDetail.code(code) }

    /// Text from outside, unless it is of the form that codes have.
    static func code(_ text: String?) -> String? {
        guard let text, (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                    || (0x61...0x7A).contains(byte)
            })
        else { return nil }
        return text
    }

    /// A key that is wrong, expired or has too few rights.
    static func accountRefusal(_ code: String?) -> Decline {
        operatorDecline(code, else: "secret_key_required")
    }

    /// Whether its codes say more than that there is a reason.
    var isTelling: Bool {
        [declineCode, code].compactMap(StripeErrorDetail.code).contains {
            !StripeErrorDetail.vague.contains($0)
        }
    }

    private func declineCode(failureCode: String?) -> String {
        let told = [declineCode, code, failureCode].compactMap(StripeErrorDetail.code)
        let telling = told.first { !StripeErrorDetail.vague.contains($0) }
        // The consent to debit is gone for good; nobody says that the reader took it back.
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

    /// A request that Stripe does not take: no bank was asked. Where the table has the code, it
    /// says whose affair that is; else it is the newsroom's, and nobody's decline.
    private func refusal() -> Decline {
        if code == StripeErrorDetail.mandateInvalid {
            return Decline(code: declineCode(failureCode: nil))
        }
        return StripeErrorDetail.operatorDecline(code, else: "resource_missing")
    }

    private static func operatorDecline(_ code: String?, else other: String) -> Decline {
        let decline = Decline(code: StripeErrorDetail.code(code) ?? other)
        return decline.bucket == .soft ? Decline(code: other) : decline
    }

    private static let mandateInvalid = "payment_intent_mandate_invalid"
    /// Codes that only say that there is a reason.
    private static let vague: Set<String> = [
        "card_declined", "payment_intent_payment_attempt_failed",
        "payment_method_provider_decline", "payment_method_customer_decline",
    ]
}

extension StripeError {
    /// In words for an operator.
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
