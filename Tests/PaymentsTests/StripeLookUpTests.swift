import FakeStripe
import Payments
import Pledging
import Testing

@Suite struct StripeLookUpTests {
    @Test func `a payment is found by its id, with fee and net`() async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            let payment = try #require(answer.remoteID)
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: payment)
                    == .found(answer))
        }
    }

    @Test func `without an id, only this attempt's payment is searched for`() async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: nil) == .found(answer))
            for other in [
                bench.reference(2), bench.reference(1, attempt: 2),
                bench.reference(book: "book_two"), bench.reference(book: "it's \\ odd"),
            ] {
                #expect(await bench.processor.lookUp(other, remoteID: nil) == .absent)
            }
        }
    }

    @Test func `search lags: a new payment is absent first and found later`() async throws {
        try await StripeBench.with { bench in
            bench.fake.setSearch(lagSeconds: 60)
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            #expect(await bench.processor.lookUp(bench.reference(), remoteID: nil) == .absent)
            bench.time.pass(seconds: 60)
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: nil) == .found(answer))
        }
    }

    @Test func `if search is not offered, nothing is reported as absent`() async throws {
        try await StripeBench.with { bench in
            bench.fake.setSearch(lagSeconds: nil)
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: nil)
                    == .unreachable("Stripe refused: 400 without a code"))
        }
    }

    @Test func `of two payments under one key, the one that took money counts`() async throws {
        try await StripeBench.with { bench in
            let order = try bench.order(bench.fake.method())
            let paid = await bench.processor.collect(order)
            bench.fake.forgetKeys()
            let declined = try bench.order(
                bench.fake.method(.declines(code: "card_declined", declineCode: "lost_card")))
            _ = await bench.processor.collect(declined)
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: nil) == .found(paid))
        }
    }

    @Test(arguments: ["pi_999999", "../customers", "pi 1"])
    func `an id that Stripe does not have is absent`(id: String) async throws {
        try await StripeBench.with { bench in
            #expect(await bench.processor.lookUp(bench.reference(), remoteID: id) == .absent)
        }
    }

    @Test func `a payment of another charge does not answer for this one`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay(2)
            let words = "the payment at Stripe belongs to another charge"
            #expect(
                await bench.processor.lookUp(bench.reference(1), remoteID: payment)
                    == .unreachable(words))
            #expect(
                await bench.processor.withdraw(bench.reference(1), remoteID: payment)
                    == .unreachable(words))
        }
    }

    @Test func `a server that is down is unreachable, not empty`() async throws {
        try await StripeBench.with { bench in
            for _ in 1...4 { bench.fake.next("GET /v1/payment_intents/search", .answers(503)) }
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: nil)
                    == .unreachable("Stripe answered 503"))
        }
    }

    // MARK: Withdrawing

    @Test(arguments: [true, false])
    func `a payment that waits for the reader is withdrawn for good`(knowsID: Bool) async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(.asksReader)))
            let payment = try #require(answer.remoteID)
            let withdrawn = ChargeAnswer(.declined(.withdrawn), remoteID: payment)
            for _ in 1...2 {
                #expect(
                    await bench.processor.withdraw(
                        bench.reference(), remoteID: knowsID ? payment : nil)
                        == .found(withdrawn))
            }
            bench.fake.authenticate(payment, passes: true)
            #expect(bench.fake.taken.isEmpty)
        }
    }

    @Test func `a payment that succeeded before the withdrawal is reported as it is`() async throws
    {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            #expect(
                await bench.processor.withdraw(bench.reference(), remoteID: answer.remoteID)
                    == .found(answer))
            #expect(!bench.fake.requests.contains { $0.path.hasSuffix("/cancel") })
        }
    }

    @Test func `a payment that succeeds between the two calls is reported as it is`() async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(.asksReader)))
            let payment = try #require(answer.remoteID)
            // The reader pays before the cancellation, which Stripe then refuses.
            bench.fake.next(
                "POST /v1/payment_intents/\(payment)/cancel",
                .answers(
                    400,
                    body: #"{"error":{"type":"invalid_request_error","#
                        + #""code":"payment_intent_unexpected_state"}}"#))
            let found = await bench.processor.withdraw(bench.reference(), remoteID: payment)
            #expect(found == .found(answer))
        }
    }

    @Test func `a debit in progress cannot be withdrawn`() async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(
                    bench.fake.method(.processes, type: "sepa_debit"), kind: .sepaDebit))
            #expect(
                await bench.processor.withdraw(bench.reference(), remoteID: answer.remoteID)
                    == .found(answer))
        }
    }

    @Test func `a payment that never reached Stripe is absent`() async throws {
        try await StripeBench.with { bench in
            #expect(await bench.processor.withdraw(bench.reference(), remoteID: nil) == .absent)
        }
    }
}
