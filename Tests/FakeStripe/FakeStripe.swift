// FakeStripe: Stripe in memory, on loopback, as its documentation has it: idempotency, declines,
// refunds, disputes, events, search, and whatever goes wrong on the way. Written without a look at
// the adapter, so that the two can disagree. May import Hummingbird, OpenSSL, and JSON of Pledging.
// Never here: the adapter, a clock, randomness: times and ids are handed in or counted.

import Foundation
import OpenSSL

/// A Stripe account. Keep it until the test is over, then stop it.
package final class FakeStripe: Sendable {
    package let port: Int
    package let secretKey: String
    package let webhookSecret: String
    private let server = FakeServer()

    /// `seconds` is the time at this Stripe, since 1970. Throws when no port is to be had.
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

    /// A token that behaves so. With a customer it is attached to it.
    package func method(
        _ behaviour: FakeBehaviour = .succeeds, type: String = "card", country: String? = "DE",
        customer: String? = nil
    ) -> String {
        server.withWorld {
            $0.addMethod(behaviour, type: type, country: country, customer: customer)
        }
    }

    package func customer() -> String { server.withWorld { $0.addCustomer() } }

    /// What befalls the next calls of this kind (`POST /v1/payment_intents`), one each, in order.
    package func next(_ call: String, _ faults: FakeFault...) {
        server.withWorld { $0.faults[call, default: []] += faults }
    }

    /// Lets the answers go that a fault holds back.
    package func release() { server.release() }

    /// Paths that the key has no right to.
    package func forbid(_ path: String) { server.withWorld { _ = $0.forbidden.insert(path) } }

    /// Search finds what is at least so old; nil: it is not offered to this account.
    package func setSearch(lagSeconds: Int64?) { server.withWorld { $0.searchLag = lagSeconds } }

    /// Keys that are forgotten, as they are after a day.
    package func forgetKeys() { server.withWorld { $0.saved = [:] } }

    // MARK: What happens at a bank

    /// A debit that was processing came in, or did not.
    package func settle(_ payment: String, failing code: String? = nil) {
        server.withWorld { $0.settle(payment, failing: code) }
    }

    /// The reader answers the bank's question.
    package func authenticate(_ payment: String, passes: Bool) {
        server.withWorld { $0.authenticate(payment, passes: passes) }
    }

    /// A refund made in the dashboard: it has no metadata.
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

    /// What was taken since the last time goes to the newsroom's bank; returns the payout's id.
    package func payOut() -> String { server.withWorld { $0.payOut() } }

    package func warnOfFraud(_ payment: String) { server.withWorld { $0.warn(payment) } }

    /// A payment that somebody else made in the same account.
    package func foreignPayment(amount: Int64, metadata: [(String, String)]) -> String {
        server.withWorld { $0.addForeign(amount: amount, metadata: metadata) }
    }

    // MARK: What tests look at

    /// Every call that came, faults included.
    package var requests: [FakeRequest] { server.withWorld { $0.requests } }

    /// Payments that took money: their ids and amounts in Stripe's units.
    package var taken: [(id: String, amount: Int64)] {
        server.withWorld { world in
            world.intents.values.filter { $0.status == "succeeded" }
                .sorted { $0.id < $1.id }.map { ($0.id, $0.amount) }
        }
    }

    /// Given back of a payment.
    package func refunded(_ payment: String) -> Int64 {
        server.withWorld { $0.refunded(payment) }
    }

    package func isAttached(_ method: String) -> Bool {
        server.withWorld { $0.methods[method]?.customer != nil }
    }

    package func hasCustomer(_ id: String) -> Bool {
        server.withWorld { $0.customers.contains(id) }
    }

    /// Oldest first.
    package var events: [FakeEvent] { server.withWorld { $0.events } }

    /// The header that goes with a body, as Stripe sends it.
    package func signature(of body: [UInt8], at seconds: Int64, secret: String? = nil) throws
        -> (name: String, value: String)
    {
        let code = try HMACSHA256(key: SecretBytes(Array((secret ?? webhookSecret).utf8)))
            .authenticate(Array("\(seconds).".utf8) + body)
        let text = code.map { String(format: "%02x", $0) }.joined()
        return ("Stripe-Signature", "t=\(seconds),v1=\(text),v0=\(String(text.reversed()))")
    }
}

/// How a means of payment behaves.
package enum FakeBehaviour: Hashable, Sendable {
    case succeeds
    /// The bank says no: docs.stripe.com/declines/codes.
    case declines(code: String, declineCode: String? = nil, adviceCode: String? = nil)
    /// The bank wants to hear the reader.
    case asksReader
    /// A debit: known days later.
    case processes
}

/// What goes wrong with one call.
package enum FakeFault: Sendable {
    /// Answered so, and nothing is done.
    case answers(Int, headers: [(String, String)] = [], body: String = "")
    /// The connection breaks before anything is done.
    case breaksBefore
    /// All is done, and the connection breaks before the answer.
    case breaksAfter
    /// All is done, and an error of Stripe's own is answered and saved under the key.
    case failsAfter(shouldRetry: Bool?)
    /// All is done, and the answer waits for `release`.
    case held
    /// Nothing goes wrong with this one.
    case none
}

/// One event, as it is sent and listed.
package struct FakeEvent: Sendable {
    package let id: String
    package let type: String
    package let created: Int64
    package let body: [UInt8]
}
