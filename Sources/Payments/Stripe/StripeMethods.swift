package import Pledging

extension StripeProcessor {
    package func issuingCountry(
        ofToken token: String
    ) async throws(ProcessorUnavailable) -> String? {
        guard StripeRequest.isID(token) else { return nil }
        do {
            let method: StripeMethod = try await client.call(.get("payment_methods/\(token)"))
            return (method.card ?? method.sepaDebit ?? method.paypal)?.country?.uppercased()
        } catch {
            if error.isMissing { return nil }
            throw error.unavailable
        }
    }

    package func forget(token: String, customer: String?) async throws(ProcessorUnavailable) {
        do {
            if StripeRequest.isID(token) { try await detach(token) }
            if let customer, StripeRequest.isID(customer) {
                try await orGone { () throws(StripeError) in
                    _ = try await client.send(.delete("customers/\(customer)"))
                }
            }
        } catch {
            throw error.unavailable
        }
    }

    /// Prepares Stripe for a new method of a reader who is on the page: makes a customer and a
    /// SetupIntent that the page confirms. Repeated with the same key, it prepares the same method.
    /// Throws `ProcessorUnavailable` if Stripe cannot be asked or the kind cannot be collected.
    package func prepareMethod(
        _ kind: PaymentMethod.Kind, of bookID: String, key: String
    ) async throws(ProcessorUnavailable) -> PreparedMethod {
        guard let type = kind.stripeType else {
            throw ProcessorUnavailable(reason: "payments by \(kind.rawValue) cannot be collected")
        }
        do {
            var form = HTTPForm()
            form.add(metadata: [StripeMetadata.book: bookID])
            let customer: StripeReferenced = try await client.call(
                .post("customers", form, key: "\(key):customer"))
            form.add("customer", customer.id)
            form.add("usage", "off_session")
            form.add("payment_method_types[]", type)
            let intent: StripeSetupIntent = try await client.call(
                .post("setup_intents", form, key: "\(key):setup"))
            return PreparedMethod(
                remoteID: intent.id, customer: customer.id, clientSecret: intent.clientSecret)
        } catch {
            throw error.unavailable
        }
    }

    private func detach(_ token: String) async throws(StripeError) {
        do {
            _ = try await client.send(.post("payment_methods/\(token)/detach", HTTPForm()))
        } catch {
            if error.isMissing { return }
            guard case .refused(status: 400, _) = error else { throw error }
            // A method without a customer cannot be detached, and need not be.
            var isAttached = false
            try await orGone { () throws(StripeError) in
                let method: StripeMethod = try await client.call(.get("payment_methods/\(token)"))
                isAttached = method.customer != nil
            }
            if isAttached { throw error }
        }
    }

    private func orGone(_ body: () async throws(StripeError) -> Void) async throws(StripeError) {
        do { try await body() } catch { if !error.isMissing { throw error } }
    }
}

/// What the page needs so that a reader can enter a method. It does not print its secret.
package struct PreparedMethod: Hashable, Sendable, CustomStringConvertible {
    /// The SetupIntent's id.
    package let remoteID: String
    /// The customer made for it; stored with the token that results.
    package let customer: String
    /// For the reader's browser alone.
    package let clientSecret: String

    package var description: String { "PreparedMethod(\(remoteID))" }
}
