import FakeStripe
import Payments
import Pledging
import Testing

@Suite struct StripeNewsTests {
    @Test func `a signed event is accepted and gives news of our charge`()
        async throws
    {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(try bench.order(bench.fake.method()))
            let event = try #require(bench.fake.events.last)
            let header = try bench.fake.signature(of: event.body, at: bench.time.seconds)
            let message = try bench.processor.verify(
                event.body, headers: [header], at: bench.time.now)
            #expect(message.remoteID == event.id)
            #expect(
                try bench.processor.news(in: message.body, of: bookID) == [
                    .charge(
                        bench.reference(), try euros(500),
                        ChargeAnswer(
                            .succeeded(at: bench.time.now, nil), remoteID: answer.remoteID))
                ])
        }
    }

    @Test func `a debit's news has the time of payment, not of the order`() async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(.processes, type: "sepa_debit")
            let answer = await bench.processor.collect(try bench.order(token, kind: .sepaDebit))
            let payment = try #require(answer.remoteID)
            #expect(
                try bench.lastNews() == [
                    .charge(
                        bench.reference(), try euros(500),
                        ChargeAnswer(.pending, remoteID: payment))
                ])
            bench.time.pass(seconds: 5 * 86_400)
            bench.fake.settle(payment)
            #expect(
                try bench.lastNews() == [
                    .charge(
                        bench.reference(), try euros(500),
                        ChargeAnswer(.succeeded(at: bench.time.now, nil), remoteID: payment))
                ])
        }
    }

    @Test func `the reason of a failed debit is looked up`() async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(.processes, type: "sepa_debit")
            let answer = await bench.processor.collect(try bench.order(token, kind: .sepaDebit))
            let payment = try #require(answer.remoteID)
            bench.fake.settle(payment, failing: "debit_not_authorized")
            guard case .charge(_, _, let told)? = try bench.lastNews().first,
                case .unknown = told.outcome
            else { throw Unexpected(what: "a verdict without a reason") }
            #expect(told.remoteID == payment)
            guard
                case .found(let found) = await bench.processor.lookUp(
                    bench.reference(), remoteID: payment),
                case .declined(let decline) = found.outcome
            else { throw Unexpected(what: "not declined") }
            #expect(decline.bucket == .revoked)
        }
    }

    @Test func `events of declines, actions and withdrawals match the replies`() async throws {
        try await StripeBench.with { bench in
            let declining = FakeBehaviour.declines(
                code: "card_declined", declineCode: "insufficient_funds",
                adviceCode: "try_again_later")
            for (number, behaviour) in [declining, .asksReader].enumerated() {
                let order = try bench.order(bench.fake.method(behaviour), number + 1)
                let answer = await bench.processor.collect(order)
                #expect(
                    try bench.lastNews() == [.charge(order.reference, order.amount, answer)])
            }
            let order = try bench.order(bench.fake.method(.asksReader), 3)
            let asked = await bench.processor.collect(order)
            #expect(try bench.lastNews() == [.charge(order.reference, order.amount, asked)])
            guard
                case .found(let withdrawn) = await bench.processor.withdraw(
                    order.reference, remoteID: asked.remoteID)
            else { throw Unexpected(what: "not withdrawn") }
            #expect(try bench.lastNews() == [.charge(order.reference, order.amount, withdrawn)])
        }
    }

    @Test func `refund events have our number, or none`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay()
            let answer = await bench.processor.refund(
                try bench.refundOrder(payment, amount: 200, number: 3))
            #expect(
                try bench.lastNews() == [
                    .refund(paymentRemoteID: payment, number: 3, try euros(200), answer)
                ])
            #expect(try bench.lastNews(of: "book_two").isEmpty)
            let refund = try #require(answer.remoteID)
            bench.fake.failRefund(refund, "lost_or_stolen_card")
            #expect(
                try bench.lastNews() == [
                    .refund(
                        paymentRemoteID: payment, number: 3, try euros(200),
                        RefundAnswer(
                            .failed("lost_or_stolen_card"), remoteID: refund, amount: euros(200)))
                ])
            bench.fake.refundByHand(payment, amount: 100)
            guard case .refund(payment, nil, let money, let made)? = try bench.lastNews().first
            else { throw Unexpected(what: "no refund") }
            #expect(try money == euros(100))
            #expect(made.outcome == .succeeded)
        }
    }

    @Test(arguments: [
        ("won", Dispute.State.won), ("lost", .lost), ("warning_closed", .won),
        ("under_review", .open),
    ])
    func `disputes are told by their payment`(status: String, state: Dispute.State) async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay()
            let dispute = bench.fake.dispute(payment, amount: 400)
            let money = try euros(400)
            #expect(
                try bench.lastNews() == [
                    .dispute(paymentRemoteID: payment, remoteID: dispute, money, .open)
                ])
            bench.fake.close(dispute: dispute, status)
            #expect(
                try bench.lastNews() == [
                    .dispute(paymentRemoteID: payment, remoteID: dispute, money, state)
                ])
        }
    }

    @Test func `a bank's suspicion is told by its payment`() async throws {
        try await StripeBench.with { bench in
            let payment = try await bench.pay()
            bench.fake.warnOfFraud(payment)
            #expect(try bench.lastNews() == [.fraudWarning(paymentRemoteID: payment)])
        }
    }

    @Test func `payments of other books and programs are ignored`() async throws {
        try await StripeBench.with { bench in
            _ = try await bench.pay()
            #expect(try bench.lastNews(of: "book_two").isEmpty)
            let ours = bench.reference()
            for metadata in [
                [], [("order_id", "6735")], [("mainstay_book", bookID)],
                [
                    ("mainstay_book", bookID), ("mainstay_charge", "chg_x"),
                    ("mainstay_pledge", ours.pledgeID.text), ("mainstay_period", "1"),
                    ("mainstay_periods", "1"), ("mainstay_attempt", "1"),
                ],
                [
                    ("mainstay_book", bookID), ("mainstay_charge", ours.chargeID.text),
                    ("mainstay_pledge", ours.pledgeID.text), ("mainstay_period", "0"),
                    ("mainstay_periods", "1"), ("mainstay_attempt", "1"),
                ],
            ] {
                _ = bench.fake.foreignPayment(amount: 700, metadata: metadata)
                #expect(try bench.lastNews().isEmpty)
            }
        }
    }

    @Test(arguments: ["customer.created", "charge.succeeded", "invoice.paid", "a.new.type"])
    func `events of other kinds give no news`(type: String) async throws {
        try await StripeBench.with { bench in
            let body = #"{"id":"evt_1","object":"event","type":"\#(type)","data":{"object":{}}}"#
            let news = try bench.processor.news(in: Array(body.utf8), of: bookID)
            #expect(news.isEmpty)
        }
    }

    @Test(arguments: [
        "", "{", "{}", #"{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}"#,
        #"{"id":"evt_1","object":"event","type":"charge.dispute.closed","data":{"object":[]}}"#,
    ])
    func `bytes that are not an event are malformed`(body: String) async throws {
        try await StripeBench.with { bench in
            #expect(throws: InboundRefusal.malformed) {
                try bench.processor.news(in: Array(body.utf8), of: bookID)
            }
        }
    }

    @Test func `unknown and missing fields do no harm`() async throws {
        try await StripeBench.with { bench in
            let reference = bench.reference()
            let body = """
                {"id":"evt_1","object":"event","type":"payment_intent.succeeded",
                "created":1700000000,"brand_new":{"a":[1.5,null]},
                "data":{"object":{"id":"pi_1","amount":500,
                "currency":"eur","status":"succeeded","latest_charge":null,"new":true,"metadata":{
                "mainstay_book":"\(bookID)","mainstay_charge":"\(reference.chargeID.text)",
                "mainstay_pledge":"\(reference.pledgeID.text)","mainstay_period":"1",
                "mainstay_periods":"1","mainstay_attempt":"1","other":"x"}}}}
                """
            let paidAt = Instant(milliseconds: 1_700_000_000_000)
            let news = try bench.processor.news(in: Array(body.utf8), of: bookID)
            let answer = ChargeAnswer(.succeeded(at: paidAt, nil), remoteID: "pi_1")
            #expect(news == [.charge(reference, try euros(500), answer)])
        }
    }
}
