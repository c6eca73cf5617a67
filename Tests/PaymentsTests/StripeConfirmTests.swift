import FakeStripe
import Payments
import Pledging
import Testing

/// A reader comes to confirm a payment that waits for them.
@Suite struct StripeConfirmTests {
    private func visit(_ bench: StripeBench, _ token: String, _ remoteID: String?) -> ReaderVisit {
        ReaderVisit(
            reference: bench.reference(), remoteID: remoteID, method: .init(token: token),
            returnURL: "https://news.example.org/bank/x?from=bank")
    }

    /// Collects from a card whose bank asks the reader; returns the card and the payment.
    private func asked(_ bench: StripeBench) async throws -> (token: String, payment: String) {
        let token = bench.fake.method(.asksReader)
        let answer = await bench.processor.collect(try bench.order(token))
        #expect(answer.outcome == .actionNeeded(url: nil))
        return (token, try #require(answer.remoteID))
    }

    @Test(arguments: [true, false])
    func `the reader is led to the bank's page and back, and pays once`(
        knowsID: Bool
    ) async throws {
        try await StripeBench.with { bench in
            let (token, payment) = try await asked(bench)
            let visit = visit(bench, token, knowsID ? payment : nil)
            let page = ChargeOutcome.actionNeeded(
                url: "https://hooks.stripe.test/redirect/\(payment)")
            // The second visit leads to the same page without another confirmation.
            for _ in 1...2 {
                #expect(
                    await bench.processor.confirm(visit)
                        == .found(ChargeAnswer(page, remoteID: payment)))
            }
            let sent = bench.fake.requests.filter { $0.path.hasSuffix("/confirm") }
            #expect(sent.count == 1)
            #expect(sent.first?["return_url"] == "https://news.example.org/bank/x?from=bank")
            #expect(sent.first?["off_session"] == nil)
            #expect(sent.first?["payment_method"] == token)
            bench.fake.authenticate(payment, passes: true)
            guard case .found(let paid) = await bench.processor.confirm(visit),
                case .succeeded = paid.outcome
            else { throw Unexpected(what: "not paid") }
            #expect(bench.fake.taken.count == 1)
        }
    }

    @Test func `a first call never waits for the reader on a page`() async throws {
        try await StripeBench.with { bench in
            _ = try await asked(bench)
            let sent = try #require(bench.fake.requests.first)
            #expect(sent["off_session"] == "true" && sent["return_url"] == nil)
        }
    }

    @Test func `a reader who does not pass the bank's check can try again`() async throws {
        try await StripeBench.with { bench in
            let (token, payment) = try await asked(bench)
            let visit = visit(bench, token, payment)
            _ = await bench.processor.confirm(visit)
            bench.fake.authenticate(payment, passes: false)
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: payment)
                    == .found(ChargeAnswer(.actionNeeded(url: nil), remoteID: payment)))
            guard case .found(let again) = await bench.processor.confirm(visit),
                case .actionNeeded(url: .some) = again.outcome
            else { throw Unexpected(what: "no page") }
        }
    }

    @Test func `a card that is refused when the reader confirms is declined`() async throws {
        try await StripeBench.with { bench in
            let (_, payment) = try await asked(bench)
            let poor = bench.fake.method(
                .declines(code: "card_declined", declineCode: "insufficient_funds"))
            #expect(
                await bench.processor.confirm(visit(bench, poor, payment))
                    == .found(
                        ChargeAnswer(
                            .declined(Decline(code: "insufficient_funds")), remoteID: payment)))
        }
    }

    @Test func `a refusal that says nothing about the payment leaves it waiting`() async throws {
        try await StripeBench.with { bench in
            let (token, payment) = try await asked(bench)
            let visits = [visit(bench, "pm_gone", payment), visit(bench, token, payment)]
            #expect(
                await bench.processor.confirm(visits[0])
                    == .unreachable("Stripe refused: 400 resource_missing"))
            bench.fake.next(
                "POST /v1/payment_intents/\(payment)/confirm",
                .answers(401, body: #"{"error":{"type":"invalid_request_error"}}"#))
            guard case .unreachable = await bench.processor.confirm(visits[1]) else {
                throw Unexpected(what: "not unreachable")
            }
            #expect(
                await bench.processor.lookUp(bench.reference(), remoteID: payment)
                    == .found(ChargeAnswer(.actionNeeded(url: nil), remoteID: payment)))
        }
    }

    @Test func `a payment that is decided between the two calls is reported as it is`()
        async throws
    {
        try await StripeBench.with { bench in
            let (token, payment) = try await asked(bench)
            bench.fake.next(
                "POST /v1/payment_intents/\(payment)/confirm",
                .answers(
                    400,
                    body: #"{"error":{"type":"invalid_request_error","#
                        + #""code":"payment_intent_unexpected_state"}}"#))
            #expect(
                await bench.processor.confirm(visit(bench, token, payment))
                    == .found(ChargeAnswer(.actionNeeded(url: nil), remoteID: payment)))
        }
    }

    @Test func `what was withdrawn, or is of another book, is not confirmed`() async throws {
        try await StripeBench.with { bench in
            let (token, payment) = try await asked(bench)
            let other = ReaderVisit(
                reference: bench.reference(book: "book_two"), remoteID: payment,
                method: .init(token: token), returnURL: "https://news.example.org/")
            guard case .unreachable = await bench.processor.confirm(other) else {
                throw Unexpected(what: "another book's payment")
            }
            _ = await bench.processor.withdraw(bench.reference(), remoteID: payment)
            #expect(
                await bench.processor.confirm(visit(bench, token, payment))
                    == .found(ChargeAnswer(.declined(.withdrawn), remoteID: payment)))
            #expect(!bench.fake.requests.contains { $0.path.hasSuffix("/confirm") })
        }
    }
}
