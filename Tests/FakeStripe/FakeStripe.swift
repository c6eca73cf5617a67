// FakeStripe: an in-memory Stripe on loopback that follows Stripe's documentation: idempotency,
// declines, refunds, disputes, events, search, and the faults that a test asks for. It was written
// without reading the adapter, so that the two can disagree. It may import Hummingbird, OpenSSL,
// and Pledging's JSON.
// Never here: the adapter, a clock or randomness. Times are passed in, ids are counted.

import Foundation
import OpenSSL

/// A Stripe account. A test keeps it until it is over, then stops it.
package final class FakeStripe: Sendable {
    package let port: Int
    package let secretKey: String
    package let webhookSecret: String
    private let server = FakeServer()

    /// `seconds` returns the time at this Stripe, in seconds since 1970. Throws if no port is
    /// available.
    package init(
        secretKey: String = "rk_test_fakefakefake", webhookSecret: String = "whsec_fakefake",
        seconds: @escaping @Sendable () -> Int64
    ) async throws {
        self.secretKey = secretKey
        self.webhookSecret = webhookSecret
        server.withWorld {
            $0.secretKey = secretKey
            $0.seconds = seconds
        }
        port = try await server.start()
    }

    package var baseURL: String { "http://127.0.0.1:\(port)" }

    package func stop() async { await server.stop() }

    // MARK: What tests prepare

    /// Returns the token of a method with this behaviour, attached to the customer if one is given.
    package func method(
        _ behaviour: FakeBehaviour = .succeeds, type: String = "card", country: String? = "DE",
        customer: String? = nil
    ) -> String {
        server.withWorld {
            $0.addMethod(behaviour, type: type, country: country, customer: customer)
        }
    }

    package func customer() -> String { server.withWorld { $0.addCustomer() } }

    /// Sets the faults of the next calls of this kind (`POST /v1/payment_intents`), one per call,
    /// in order.
    package func next(_ call: String, _ faults: FakeFault...) {
        server.withWorld { $0.faults[call, default: []] += faults }
    }

    /// Releases the answers that a `held` fault holds back.
    package func release() { server.release() }

    /// Denies the API key access to a path.
    package func forbid(_ path: String) { server.withWorld { _ = $0.forbidden.insert(path) } }

    /// Search finds only what is at least this old. Nil: search is not offered to this account.
    package func setSearch(lagSeconds: Int64?) { server.withWorld { $0.searchLag = lagSeconds } }

    /// Forgets all idempotency keys, as Stripe does after a day.
    package func forgetKeys() { server.withWorld { $0.saved = [:] } }

    // MARK: What happens at a bank

    /// Decides a debit that was processing: it succeeds, or fails with `code`.
    package func settle(_ payment: String, failing code: String? = nil) {
        server.withWorld { $0.settle(payment, failing: code) }
    }

    /// The reader passes or fails the bank's authentication.
    package func authenticate(_ payment: String, passes: Bool) {
        server.withWorld { $0.authenticate(payment, passes: passes) }
    }

    /// Refunds as the dashboard does: without metadata.
    package func refundByHand(_ payment: String, amount: Int64) {
        server.withWorld { _ = $0.addRefund(of: payment, amount: amount, metadata: []) }
    }

    package func failRefund(_ refund: String, _ reason: String) {
        server.withWorld { $0.failRefund(refund, reason) }
    }

    package func dispute(_ payment: String, amount: Int64? = nil) -> String {
        server.withWorld { $0.addDispute(of: payment, amount: amount) }
    }

    package func close(dispute: String, _ status: String) {
        server.withWorld { $0.closeDispute(dispute, status) }
    }

    /// Pays out everything that was taken since the last payout; returns the payout's id.
    package func payOut() -> String { server.withWorld { $0.payOut() } }

    /// Pays out `amount` by hand; returns the payout's id.
    package func payOutByHand(_ amount: Int64) -> String {
        server.withWorld { $0.payOutByHand(amount) }
    }

    /// Takes a fee of the account, outside of any payment.
    package func takeFee(_ amount: Int64) { server.withWorld { $0.accountFees.append(amount) } }

    /// What the bank says of a payout: `paid`, `failed` …; or that its list is not complete yet.
    package func setPayout(_ id: String, _ status: String, isListed: Bool = true) {
        server.withWorld { $0.setPayout(id, status, isListed: isListed) }
    }

    package func warnOfFraud(_ payment: String) { server.withWorld { $0.warn(payment) } }

    /// Adds a payment that another program made in the same account; returns its id.
    package func foreignPayment(amount: Int64, metadata: [(String, String)]) -> String {
        server.withWorld { $0.addForeign(amount: amount, metadata: metadata) }
    }

    // MARK: What tests look at

    /// Every call that came, including those that met a fault.
    package var requests: [FakeRequest] { server.withWorld { $0.requests } }

    /// Payments that took money: their ids and amounts in Stripe's units.
    package var taken: [(id: String, amount: Int64)] {
        server.withWorld { world in
            world.intents.values.filter { $0.status == "succeeded" }
                .sorted { $0.id < $1.id }.map { ($0.id, $0.amount) }
        }
    }

    /// The amount that was refunded of a payment.
    package func refunded(_ payment: String) -> Int64 {
        server.withWorld { $0.refunded(payment) }
    }

    package func isAttached(_ method: String) -> Bool {
        server.withWorld { $0.methods[method]?.customer != nil }
    }

    package func hasCustomer(_ id: String) -> Bool {
        server.withWorld { $0.customers.contains(id) }
    }

    /// All events, oldest first.
    package var events: [FakeEvent] { server.withWorld { $0.events } }

    /// Returns the signature header of a body, as Stripe sends it.
    package func signature(of body: [UInt8], at seconds: Int64, secret: String? = nil) throws
        -> (name: String, value: String)
    {
        let code = try HMACSHA256(key: SecretBytes(Array((secret ?? webhookSecret).utf8)))
            .authenticate(Array("\(seconds).".utf8) + body)
        let text = code.map { String(format: "%02x", $0) }.joined()
        return ("Stripe-Signature", "t=\(seconds),v1=\(text),v0=\(String(text.reversed()))")
    }
}

/// How a payment method behaves.
package enum FakeBehaviour: Hashable, Sendable {
    case succeeds
    /// The bank declines: docs.stripe.com/declines/codes.
    case declines(code: String, declineCode: String? = nil, adviceCode: String? = nil)
    /// The bank asks the reader to authenticate.
    case asksReader
    /// A debit, whose outcome is known days later.
    case processes
}

/// What goes wrong with one call.
package enum FakeFault: Sendable {
    /// Stripe answers with this and does nothing.
    case answers(Int, headers: [(String, String)] = [], body: String = "")
    /// The connection breaks before anything is done.
    case breaksBefore
    /// Everything is done, but the connection breaks before the answer.
    case breaksAfter
    /// Everything is done, but Stripe answers with an error of its own and saves it under the key.
    case failsAfter(shouldRetry: Bool?)
    /// Everything is done, and the answer waits for `release`.
    case held
    /// This call meets no fault.
    case none
}

/// One event, as it is sent and listed.
package struct FakeEvent: Sendable {
    package let id: String
    package let type: String
    package let created: Int64
    package let body: [UInt8]
}
