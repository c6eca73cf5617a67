package import Pledging

extension StripeProcessor {
    package func refund(_ order: RefundOrder) async -> RefundAnswer {
        let currency = order.amount.currency.code
        guard order.amount.minorUnits > 0,
            let units = StripeAmount.units(minor: order.amount.minorUnits, currency: currency)
        else { return RefundAnswer(.failed("amount_too_small")) }
        var form: HTTPForm = [
            "payment_intent": order.paymentRemoteID, "amount": String(units),
        ]
        form.add(metadata: StripeMetadata.fields(order))
        do {
            let request = StripeRequest.post("refunds", form, key: order.key)
            return try await client.call(request, as: StripeRefund.self).answer
        } catch {
            guard case .refused(let status, let detail) = error else {
                return RefundAnswer(.unknown(error.words))
            }
            return await answer(to: order, status, detail)
        }
    }

    package func lookUp(
        _ order: RefundOrder, remoteID: String?
    ) async -> LookUpAnswer<RefundAnswer> {
        do {
            if let remoteID {
                guard StripeRequest.isID(remoteID) else { return .absent }
                let refund: StripeRefund = try await client.call(.get("refunds/\(remoteID)"))
                return .found(refund.answer)
            }
            var last: String?
            repeat {
                let page: StripeList<StripeRefund> = try await client.call(
                    .get(
                        "refunds",
                        [
                            "payment_intent": order.paymentRemoteID,
                            "limit": String(Self.pageSize), "starting_after": last,
                        ]))
                if let own = page.data.first(where: { $0.isOf(order) }) {
                    return .found(own.answer)
                }
                last = page.hasMore == true ? page.data.last?.id : nil
            } while last != nil
            return .absent
        } catch {
            return error.isMissing ? .absent : .unreachable(error.words)
        }
    }

    /// Answers a refund that Stripe refused. Stripe may have made it earlier and forgotten the key,
    /// so it is looked up before it counts as failed.
    private func answer(
        to order: RefundOrder, _ status: Int, _ detail: StripeErrorDetail
    ) async -> RefundAnswer {
        if detail.type == "idempotency_error" {
            return RefundAnswer(
                .unknown("Stripe knows this idempotency key from a different order"))
        }
        switch status {
        case 401, 403:
            return RefundAnswer(.failed(detail.refusal(status: status).code))
        case 400, 402, 404:
            switch await lookUp(order, remoteID: nil) {
            case .found(let answer): return answer
            case .absent: return RefundAnswer(.failed(detail.shownCode ?? "refused"))
            case .unreachable(let words): return RefundAnswer(.unknown(words))
            }
        default: return RefundAnswer(.unknown("Stripe answered \(status)"))
        }
    }

    static let pageSize = 50
}

extension StripeRefund {
    /// docs.stripe.com/api/refunds/object, `status`.
    var answer: RefundAnswer {
        let outcome: RefundOutcome =
            switch status {
            case "succeeded": .succeeded
            case "pending", "requires_action": .pending
            case "failed": .failed(StripeErrorDetail.code(failureReason) ?? "failed")
            case "canceled": .failed("canceled")
            default:
                .unknown(
                    "the refund at Stripe has the unknown status "
                        + "'\(StripeErrorDetail.code(status) ?? "unknown")'")
            }
        return RefundAnswer(outcome, remoteID: id, amount: money)
    }

    var money: Money? { StripeAmount.money(units: amount, currency: currency) }

    fileprivate func isOf(_ order: RefundOrder) -> Bool {
        metadata?[StripeMetadata.book] == order.charge.bookID
            && metadata?[StripeMetadata.key] == order.key
    }
}
