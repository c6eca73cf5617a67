import FakeStripe
import Payments
import Pledging
import Testing

/// What went to the newsroom's bank, and what it was made of.
@Suite struct StripePayoutTests {
    private func payouts(
        _ bench: StripeBench, since: Instant = Instant(milliseconds: 0)
    ) async throws -> [PayoutRecord] {
        var found: [PayoutRecord] = []
        var cursor: String?
        repeat {
            let page = try await bench.processor.payouts(since: since, after: cursor)
            found += page.payouts
            cursor = page.cursor
        } while cursor != nil
        return found
    }

    @Test func `each payment is in one payout, with fee and net`() async throws {
        try await StripeBench.with { bench in
            let since = bench.time.now
            var expected: [PaymentSettlement] = []
            var number = 0
            for count in [60, 0, 2] {
                bench.time.pass(seconds: 86_400)
                var paid: [String] = []
                for _ in 0..<count {
                    number += 1
                    paid.append(try await bench.pay(number, amount: 1_000))
                }
                let payout = bench.fake.payOut()
                expected += paid.map {
                    PaymentSettlement(
                        paymentRemoteID: $0,
                        settlement: Settlement(
                            feeMinor: 59, netMinor: 941, currency: "EUR", payoutID: payout))
                }
            }
            _ = try await bench.pay(number + 1)
            let found = try await payouts(bench, since: since).flatMap(\.payments)
            #expect(found.count == expected.count && Set(found) == Set(expected))
            let later = bench.time.now.adding(seconds: 1)
            #expect(try await payouts(bench, since: later).isEmpty)
            bench.fake.forbid("/v1/payouts")
            await #expect(throws: ProcessorUnavailable.self) { try await payouts(bench) }
        }
    }

    @Test func `a payout is its charges less refunds, disputes and fees`() async throws {
        try await StripeBench.with { bench in
            let first = try await bench.pay(1, amount: 1_000)
            let second = try await bench.pay(2, amount: 2_000)
            _ = bench.fake.payOut()
            bench.time.pass(seconds: 86_400)
            _ = try await bench.pay(3, amount: 5_000)
            _ = await bench.processor.refund(try bench.refundOrder(first, amount: 400))
            let dispute = bench.fake.dispute(second)
            bench.fake.takeFee(250)
            let id = bench.fake.payOut()
            let payout = try #require(
                try await payouts(bench).map(\.payout).first { $0.remoteID == id })
            #expect(
                payout.parts
                    == Payout.Parts(
                        charges: 1, grossMinor: 5_000, refundsMinor: 400, disputesMinor: 2_000,
                        feesMinor: 175 + 1_500 + 250, adjustmentsMinor: 0))
            #expect(payout.amountMinor == 675 && payout.differenceMinor == 0)
            #expect(payout.state == .paid && payout.currency == "EUR")
            // A dispute that is won comes back, with its fee.
            bench.time.pass(seconds: 86_400)
            bench.fake.close(dispute: dispute, "won")
            let back = bench.fake.payOut()
            let returned = try #require(
                try await payouts(bench).map(\.payout).first { $0.remoteID == back })
            #expect(returned.amountMinor == 3_500 && returned.differenceMinor == 0)
            #expect(returned.parts?.disputesMinor == -2_000)
        }
    }

    @Test func `a payout by hand lists nothing, and hides no other`() async throws {
        try await StripeBench.with { bench in
            _ = try await bench.pay(1, amount: 1_000)
            let older = bench.fake.payOut()
            bench.time.pass(seconds: 86_400)
            let byHand = bench.fake.payOutByHand(500)
            bench.time.pass(seconds: 86_400)
            _ = try await bench.pay(2, amount: 1_000)
            let newer = bench.fake.payOut()
            let found = try await payouts(bench)
            #expect(found.map(\.payout.remoteID) == [newer, byHand, older])
            #expect(found.map { $0.payout.parts == nil } == [false, true, false])
            #expect(found.map(\.payout.differenceMinor) == [0, nil, 0])
            #expect(found.map(\.payments.count) == [1, 0, 1])
        }
    }

    @Test func `a list that is not complete yet is read in a later run`() async throws {
        try await StripeBench.with { bench in
            _ = try await bench.pay(1, amount: 1_000)
            _ = try await bench.pay(2, amount: 1_000)
            let id = bench.fake.payOut()
            bench.fake.setPayout(id, "in_transit", isListed: false)
            let early = try #require(try await payouts(bench).first?.payout)
            #expect(early.state == .underway && early.parts == nil)
            bench.fake.setPayout(id, "failed")
            let late = try #require(try await payouts(bench).first?.payout)
            #expect(late.state == .failed && late.differenceMinor == 0)
        }
    }
}
