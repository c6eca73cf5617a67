import Pledging
import Testing

@testable import Payments

/// The adapter against an imitation of Stripe that others wrote: its forms, paths and objects do
/// not come from us.
@Suite struct LocalStripeTests {
    /// Runs `body` with an adapter, and with a client that prepares what the reader's page would.
    private func with(
        _ body: (StripeProcessor, StripeClient) async throws -> Void
    ) async throws {
        let server = try LocalStripe()
        let settings = try StripeSettings(
            secretKey: "sk_test_localstripe", webhookSecret: nil,
            baseURL: "http://127.0.0.1:\(server.port)")
        let processor = try StripeProcessor(settings: settings, clock: TestTime().clock)
        do { try await body(processor, processor.client) } catch {
            try await processor.close()
            throw error
        }
        try await processor.close()
        withExtendedLifetime(server) {}
    }

    private func card(_ number: String, _ client: StripeClient) async throws -> String {
        let method: StripeMethod = try await client.call(
            .post(
                "payment_methods",
                [
                    "type": "card", "card[number]": number, "card[exp_month]": "12",
                    "card[exp_year]": "2030", "card[cvc]": "123",
                ]))
        return method.id
    }

    private func order(
        _ token: String, customer: String? = nil
    ) throws -> ChargeOrder {
        let reference = ChargeReference(
            bookID: bookID, chargeID: ID(bits: 1), pledgeID: ID(bits: 2), firstPeriod: 3,
            periodCount: 1, attempt: 1)
        return ChargeOrder(
            reference: reference, amount: try euros(1_234), kind: .card,
            method: .init(token: token, customer: customer))
    }

    @Test func `a method is given by a reader, charged, found, given back and forgotten`()
        async throws
    {
        try await with { processor, client in
            let prepared = try await processor.prepareMethod(.card, of: bookID, key: "k")
            let token = try await card("4242424242424242", client)
            _ = try await client.send(
                .post("payment_methods/\(token)/attach", ["customer": prepared.customer]))
            #expect(try await processor.issuingCountry(ofToken: token) == "FR")

            let order = try order(token, customer: prepared.customer)
            let answer = await processor.collect(order)
            guard case .succeeded(_, let settlement) = answer.outcome else {
                throw Unexpected(what: "\(answer)")
            }
            #expect(settlement == Settlement(feeMinor: 0, netMinor: 1_234, currency: "EUR"))
            let payment = try #require(answer.remoteID)
            #expect(payment.hasPrefix("pi_"))
            #expect(
                await processor.lookUp(order.reference, remoteID: payment) == .found(answer))
            #expect(
                await processor.withdraw(order.reference, remoteID: payment) == .found(answer))

            let refund = RefundOrder(
                charge: order.reference, number: 1, paymentRemoteID: payment,
                amount: try euros(234))
            let given = await processor.refund(refund)
            #expect(given.outcome == .succeeded)
            #expect(await processor.lookUp(refund, remoteID: given.remoteID) == .found(given))
            #expect(await processor.lookUp(refund, remoteID: nil) == .found(given))

            try await processor.forget(token: token, customer: prepared.customer)
            let method: StripeMethod = try await client.call(.get("payment_methods/\(token)"))
            #expect(method.customer == nil)
        }
    }

    @Test func `a card that is declined is a decline of the bank`() async throws {
        try await with { processor, client in
            let token = try await card("4000000000000341", client)
            let answer = await processor.collect(try order(token))
            #expect(answer.outcome == .declined(Decline(code: "card_declined")))
        }
    }

    @Test func `a card that needs the reader waits and is withdrawn`() async throws {
        try await with { processor, client in
            let token = try await card("4000002500003155", client)
            let order = try order(token)
            let answer = await processor.collect(order)
            #expect(answer.outcome == .actionNeeded(url: nil))
            let payment = try #require(answer.remoteID)
            #expect(
                await processor.withdraw(order.reference, remoteID: payment)
                    == .found(ChargeAnswer(.declined(.withdrawn), remoteID: payment)))
        }
    }

    @Test func `an unknown payment is absent, and an unknown token is missing`()
        async throws
    {
        try await with { processor, _ in
            let order = try order("pm_gone")
            #expect(await processor.lookUp(order.reference, remoteID: "pi_gone") == .absent)
            let answer = await processor.collect(order)
            #expect(answer == ChargeAnswer(.declined(Decline(code: "resource_missing"))))
        }
    }

    @Test func `it reports its time`() async throws {
        try await with { processor, _ in
            let time = try await processor.time()
            #expect(time > Instant(milliseconds: 1_600_000_000_000))
        }
    }
}
