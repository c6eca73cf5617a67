import FakeStripe
import Payments
import Pledging
import Testing

@Suite struct StripeListTests {
    /// Returns the ids of all messages after a cursor, and the cursor after them.
    private func all(
        _ bench: StripeBench, after cursor: String?, since: Instant
    ) async throws -> (ids: [String], cursor: String?) {
        var ids: [String] = []
        var cursor = cursor
        while true {
            let page = try await bench.processor.messages(after: cursor, since: since)
            ids += page.messages.map(\.remoteID)
            cursor = page.cursor
            if page.isLast { return (ids, cursor) }
        }
    }

    @Test(arguments: [0, 1, 49, 50, 51, 120, 333])
    func `messages come oldest first, each once, however many there are`(count: Int)
        async throws
    {
        try await StripeBench.with { bench in
            let since = bench.time.now
            for index in 0..<count {
                // Uneven: bursts, and silence between them.
                if index % 7 == 0 { bench.time.pass(seconds: Int64(index) * 13) }
                _ = bench.fake.foreignPayment(amount: 700, metadata: [])
            }
            let expected = bench.fake.events.map(\.id)
            let (ids, cursor) = try await all(bench, after: nil, since: since)
            #expect(ids == expected)
            #expect(cursor == expected.last)
        }
    }

    @Test func `more than a page within one second is listed oldest first, too`() async throws {
        try await StripeBench.with { bench in
            for _ in 1...180 { _ = bench.fake.foreignPayment(amount: 700, metadata: []) }
            let (ids, _) = try await all(
                bench, after: nil, since: bench.time.now.adding(seconds: -10))
            #expect(ids == bench.fake.events.map(\.id))
        }
    }

    @Test func `a busy month takes a few calls, not one per page`() async throws {
        try await StripeBench.with { bench in
            let since = bench.time.now
            for _ in 1...2_000 {
                bench.time.pass(seconds: 1_000)
                _ = bench.fake.foreignPayment(amount: 700, metadata: [])
            }
            let before = bench.fake.requests.count
            let page = try await bench.processor.messages(after: nil, since: since)
            let calls = bench.fake.requests.count - before
            #expect(page.messages.first?.remoteID == bench.fake.events.first?.id)
            #expect(!page.isLast)
            #expect(calls <= 25, "\(calls) calls")
        }
    }

    @Test func `a cursor resumes, and stays when nothing is new`() async throws {
        try await StripeBench.with { bench in
            let since = bench.time.now
            _ = try await bench.pay(1)
            let first = try await all(bench, after: nil, since: since)
            let again = try await all(bench, after: first.cursor, since: since)
            #expect(again.ids.isEmpty)
            #expect(again.cursor == first.cursor)
            for number in 2...80 { _ = try await bench.pay(number) }
            let later = try await all(bench, after: first.cursor, since: since)
            #expect(later.ids == bench.fake.events.dropFirst().map(\.id))
        }
    }

    @Test func `a cursor that Stripe has forgotten begins again`() async throws {
        try await StripeBench.with { bench in
            _ = try await bench.pay(1)
            let cursor = try #require(bench.fake.events.last).id
            bench.time.pass(seconds: 31 * 86_400)
            let since = bench.time.now
            _ = try await bench.pay(2)
            let (ids, _) = try await all(bench, after: cursor, since: since)
            #expect(ids == [try #require(bench.fake.events.last).id])
        }
    }

    @Test func `listed messages are read like those that were sent`() async throws {
        try await StripeBench.with { bench in
            let since = bench.time.now
            let payment = try await bench.pay()
            _ = bench.fake.dispute(payment)
            let page = try await bench.processor.messages(after: nil, since: since)
            let listed = try page.messages.map {
                try bench.processor.news(in: $0.body, of: bookID)
            }
            let sent = try bench.fake.events.map {
                try bench.processor.news(in: $0.body, of: bookID)
            }
            #expect(listed == sent)
            #expect(listed.count == 2 && !listed.contains { $0.isEmpty })
        }
    }

    // MARK: Payments

    private func payments(
        _ bench: StripeBench, since: Instant, until: Instant, of book: String = bookID
    ) async throws -> [PaymentRecord] {
        var records: [PaymentRecord] = []
        var cursor: String?
        repeat {
            let page = try await bench.processor.payments(
                of: book, since: since, until: until, after: cursor)
            records += page.payments
            cursor = page.cursor
        } while cursor != nil
        return records
    }

    @Test func `every payment of this book is listed, page by page, and no other`() async throws {
        try await StripeBench.with { bench in
            let since = bench.time.now
            for number in 1...70 {
                _ = try await bench.pay(number)
                _ = bench.fake.foreignPayment(amount: 700, metadata: [("mainstay_book", "b2")])
                bench.time.pass(seconds: 1)
            }
            let found = try await payments(bench, since: since, until: bench.time.now)
            let expected = (1...70).map { bench.reference($0) }
            #expect(Set(found.map(\.reference)) == Set(expected))
            #expect(found.count == 70)
            #expect(try await payments(bench, since: since, until: since).isEmpty)
            let other = try await payments(
                bench, since: since, until: bench.time.now, of: "book_two")
            #expect(other.isEmpty)
        }
    }

    @Test func `the period includes its start and excludes its end`() async throws {
        try await StripeBench.with { bench in
            let made = bench.time.now
            _ = try await bench.pay()
            for (since, until, count) in [
                (0, 1_000, 1), (-1_000, 0, 0), (1, 1_000, 0), (-1, 1, 1),
            ] as [(Int64, Int64, Int)] {
                let found = try await payments(
                    bench, since: made.adding(milliseconds: since),
                    until: made.adding(milliseconds: until))
                #expect(found.count == count)
            }
        }
    }

    @Test func `a record shows the payment's outcome`() async throws {
        try await StripeBench.with { bench in
            let made = bench.time.now
            let payment = try await bench.pay(1, amount: 1_000)
            _ = await bench.processor.refund(try bench.refundOrder(payment, amount: 200))
            bench.fake.close(dispute: bench.fake.dispute(payment, amount: 300), "lost")
            bench.fake.close(dispute: bench.fake.dispute(payment, amount: 400), "won")
            _ = bench.fake.dispute(payment, amount: 50)
            let declining = bench.fake.method(.declines(code: "expired_card"))
            let declined = await bench.processor.collect(try bench.order(declining, 2))
            let found = try await payments(
                bench, since: made, until: made.adding(seconds: 60))
            let paid = ChargeAnswer(
                .succeeded(at: made, Settlement(feeMinor: 59, netMinor: 941, currency: "EUR")),
                remoteID: payment)
            #expect(
                Set(found) == [
                    PaymentRecord(
                        reference: bench.reference(1), amount: try euros(1_000), answer: paid,
                        refundedMinor: 500, madeAt: made),
                    PaymentRecord(
                        reference: bench.reference(2), amount: try euros(500), answer: declined,
                        refundedMinor: 0, madeAt: made),
                ])
        }
    }
}
