import FakeStripe
import Payments
import Pledging
import Testing

@Suite struct StripeRefundTests {
    private static let create = "POST /v1/refunds"

    @Test func `partial refunds each have their own key`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(amount: 500)
            for (number, amount) in [(1, 200), (2, 300)] as [(Int, Int64)] {
                let order = try bench.refundOrder(payment, amount: amount, number: number)
                let answer = await bench.processor.refund(order)
                #expect(answer.outcome == .succeeded)
                #expect(bench.fake.requests.last?.key == order.key)
                #expect(
                    await bench.processor.lookUp(order, remoteID: answer.remoteID)
                        == .found(answer))
                #expect(await bench.processor.lookUp(order, remoteID: nil) == .found(answer))
            }
            #expect(bench.fake.refunded(payment) == 500)
        }
    }

    @Test(arguments: [FakeFault.breaksAfter, .breaksBefore, .answers(503)])
    func `a lost answer does not cause a second refund`(fault: FakeFault) async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay()
            bench.fake.next(Self.create, fault)
            let answer = await bench.processor.refund(
                try bench.refundOrder(payment, amount: 200))
            #expect(answer.outcome == .succeeded)
            #expect(bench.fake.refunded(payment) == 200)
        }
    }

    @Test func `a refund above the rest fails and refunds nothing`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(amount: 500)
            let answer = await bench.processor.refund(
                try bench.refundOrder(payment, amount: 501))
            #expect(answer == RefundAnswer(.failed("refused")))
            #expect(bench.fake.refunded(payment) == 0)
        }
    }

    @Test func `after the key is forgotten, our existing refund is recognised`()
        async throws
    {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(amount: 500)
            let order = try bench.refundOrder(payment, amount: 500)
            let answer = await bench.processor.refund(order)
            bench.fake.forgetKeys()
            #expect(await bench.processor.refund(order) == answer)
            let other = try bench.refundOrder(payment, amount: 500, number: 2)
            #expect(
                await bench.processor.refund(other)
                    == RefundAnswer(.failed("charge_already_refunded")))
            #expect(bench.fake.refunded(payment) == 500)
        }
    }

    @Test func `if Stripe cannot be asked, nothing is reported as failed`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(amount: 500)
            for _ in 1...4 { bench.fake.next("GET /v1/refunds", .answers(503)) }
            let answer = await bench.processor.refund(
                try bench.refundOrder(payment, amount: 501))
            #expect(answer == RefundAnswer(.unknown("Stripe answered 503")))
        }
    }

    @Test func `a key reused for another refund leaves the outcome unknown`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(amount: 500)
            _ = await bench.processor.refund(try bench.refundOrder(payment, amount: 100))
            let answer = await bench.processor.refund(
                try bench.refundOrder(payment, amount: 200))
            let words = "Stripe knows this idempotency key from a different order"
            #expect(answer == RefundAnswer(.unknown(words)))
            #expect(bench.fake.refunded(payment) == 100)
        }
    }

    @Test func `a refund that the bank sends back is found failed`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay()
            let order = try bench.refundOrder(payment, amount: 500)
            let answer = await bench.processor.refund(order)
            let refund = try #require(answer.remoteID)
            bench.fake.failRefund(refund, "expired_or_canceled_card")
            let failed = RefundAnswer(
                .failed("expired_or_canceled_card"), remoteID: refund, amount: order.amount)
            #expect(await bench.processor.lookUp(order, remoteID: refund) == .found(failed))
            #expect(await bench.processor.lookUp(order, remoteID: nil) == .found(failed))
        }
    }

    @Test func `among more refunds than a page holds, ours is found`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(amount: 50_000)
            let order = try bench.refundOrder(payment, amount: 100)
            let answer = await bench.processor.refund(order)
            for _ in 1...120 {
                bench.fake.refundByHand(payment, amount: 1)
            }
            #expect(await bench.processor.lookUp(order, remoteID: nil) == .found(answer))
            let other = try bench.refundOrder(payment, amount: 100, number: 2)
            #expect(await bench.processor.lookUp(other, remoteID: nil) == .absent)
            #expect(await bench.processor.lookUp(other, remoteID: "re_none") == .absent)
        }
    }
}
