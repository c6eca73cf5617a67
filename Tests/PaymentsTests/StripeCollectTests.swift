import FakeStripe
import Payments
import Pledging
import Testing

@Suite struct StripeCollectTests {
    @Test func `a success reports fee and net`() async throws {
        try await StripeBench.with { bench in
            let order = try bench.order(bench.fake.method(), amount: 1_000)
            let answer = await bench.processor.collect(order)
            #expect(
                answer.outcome
                    == .succeeded(
                        at: bench.time.now,
                        Settlement(feeMinor: 59, netMinor: 941, currency: "EUR")))
            let taken = bench.fake.taken
            #expect(taken.map(\.id) == [try #require(answer.remoteID)])
            #expect(taken.map(\.amount) == [1_000])
        }
    }

    @Test func `what is sent names the charge and no person`() async throws {
        try await StripeBench.with { bench in
            let customer = bench.fake.customer()
            let token = bench.fake.method(customer: customer)
            let order = try bench.order(token, customer: customer)
            _ = await bench.processor.collect(order)
            let sent = try #require(bench.fake.requests.first)
            #expect(sent.key == order.reference.key)
            #expect(sent.headers["stripe-version"] == "2024-06-20")
            let fields = Dictionary(uniqueKeysWithValues: sent.fields.map { ($0.name, $0.value) })
            let charge = order.reference.chargeID.text
            #expect(
                fields == [
                    "amount": "500", "currency": "eur", "confirm": "true",
                    "capture_method": "automatic", "payment_method": token, "customer": customer,
                    "payment_method_types[]": "card", "off_session": "true",
                    "expand[]": "latest_charge.balance_transaction",
                    "metadata[mainstay_book]": bookID, "metadata[mainstay_charge]": charge,
                    "metadata[mainstay_pledge]": order.reference.pledgeID.text,
                    "metadata[mainstay_period]": "1", "metadata[mainstay_periods]": "1",
                    "metadata[mainstay_attempt]": "1",
                    "metadata[mainstay_key]": order.reference.key,
                ])
        }
    }

    @Test(
        arguments: [
            (PaymentMethod.Kind.card, "card", "mandate_1", nil),
            (.sepaDebit, "sepa_debit", "mandate_1", "mandate_1"),
            (.sepaDebit, "sepa_debit", nil, nil), (.paypal, "paypal", nil, nil),
        ] as [(PaymentMethod.Kind, String, String?, String?)])
    func `each method kind is sent under Stripe's name, a debit with its mandate`(
        kind: PaymentMethod.Kind, type: String, mandate: String?, sent: String?
    ) async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(type: type)
            let answer = await bench.processor.collect(
                try bench.order(token, kind: kind, mandate: mandate))
            guard case .succeeded = answer.outcome else { throw Unexpected(what: "\(answer)") }
            #expect(bench.fake.requests.first?["mandate"] == sent)
        }
    }

    @Test(arguments: [PaymentMethod.Kind.bankTransfer, .crypto])
    func `payments that readers send themselves are not collected`(kind: PaymentMethod.Kind)
        async throws
    {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(), kind: kind))
            #expect(answer == ChargeAnswer(.declined(.noMethod)))
            #expect(bench.fake.requests.isEmpty)
        }
    }

    @Test func `yen amounts and fees are not converted`() async throws {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(), amount: 500, currency: "JPY"))
            #expect(bench.fake.taken.map(\.amount) == [500])
            #expect(
                answer.outcome
                    == .succeeded(
                        at: bench.time.now,
                        Settlement(feeMinor: 44, netMinor: 456, currency: "JPY")))
        }
    }

    @Test(arguments: [0, -500] as [Int64])
    func `an impossible amount is not sent`(amount: Int64)
        async throws
    {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(), amount: amount))
            guard case .declined(let decline) = answer.outcome else {
                throw Unexpected(what: "\(answer)")
            }
            #expect(decline.bucket == .impossible)
            #expect(bench.fake.requests.isEmpty)
        }
    }

    // MARK: Declines

    @Test(
        arguments: [
            (
                "card_declined", "insufficient_funds", nil, "insufficient_funds", nil,
                DeclineBucket.soft
            ),
            (
                "card_declined", "do_not_honor", "try_again_later", "do_not_honor", .retryLater,
                .soft
            ),
            (
                "card_declined", "do_not_honor", "do_not_try_again", "do_not_honor", .doNotRetry,
                .hard
            ),
            (
                "card_declined", "generic_decline", "confirm_card_data", "generic_decline",
                .askSupporter, .needsSupporter
            ),
            ("card_declined", "lost_card", nil, "lost_card", nil, .hard),
            ("card_declined", "stop_payment_order", nil, "stop_payment_order", nil, .revoked),
            ("card_declined", "a_code_of_tomorrow", nil, "a_code_of_tomorrow", nil, .soft),
            ("expired_card", nil, nil, "expired_card", nil, .needsSupporter),
            ("processing_error", nil, nil, "processing_error", nil, .soft),
            ("card_declined", nil, nil, "card_declined", nil, .soft),
            ("card_declined", "No such card: 4242!", "odd", "card_declined", nil, .soft),
        ] as [(String, String?, String?, String, Decline.Advice?, DeclineBucket)])
    func `the bank's decline code is looked up in the table`(
        code: String, declineCode: String?, advice: String?, expected: String,
        expectedAdvice: Decline.Advice?, bucket: DeclineBucket
    ) async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(
                .declines(code: code, declineCode: declineCode, adviceCode: advice))
            let answer = await bench.processor.collect(try bench.order(token))
            let decline = Decline(code: expected, advice: expectedAdvice)
            #expect(answer.outcome == .declined(decline))
            #expect(decline.bucket == bucket)
            // A later look-up of the payment gives the same answer.
            #expect(answer.remoteID != nil)
            let found = await bench.processor.lookUp(
                bench.reference(), remoteID: answer.remoteID)
            #expect(found == .found(answer))
            #expect(bench.fake.taken.isEmpty)
        }
    }

    @Test func `a bank's request to the reader is an action, and look-up finds the same`()
        async throws
    {
        try await StripeBench.with { bench in
            let answer = await bench.processor.collect(
                try bench.order(bench.fake.method(.asksReader)))
            #expect(answer.outcome == .actionNeeded(url: nil))
            #expect(answer.remoteID != nil)
            let found = await bench.processor.lookUp(
                bench.reference(), remoteID: answer.remoteID)
            #expect(found == .found(answer))
        }
    }

    @Test func `a debit is pending until it succeeds or fails`() async throws {
        try await StripeBench.with { bench in
            let token = bench.fake.method(.processes, type: "sepa_debit")
            var payments: [String] = []
            for number in 1...2 {
                let answer = await bench.processor.collect(
                    try bench.order(token, number, kind: .sepaDebit))
                #expect(answer.outcome == .pending)
                payments.append(try #require(answer.remoteID))
            }
            bench.fake.settle(payments[0])
            bench.fake.settle(payments[1], failing: "debit_not_authorized")
            let good = await bench.processor.lookUp(bench.reference(1), remoteID: payments[0])
            guard case .found(let answer) = good, case .succeeded(_, _?) = answer.outcome else {
                throw Unexpected(what: "\(good)")
            }
            let bad = await bench.processor.lookUp(bench.reference(2), remoteID: payments[1])
            let decline = Decline(code: "debit_not_authorized")
            #expect(bad == .found(ChargeAnswer(.declined(decline), remoteID: payments[1])))
            #expect(decline.bucket == .revoked)
        }
    }
}
