import Foundation
import Payments
import Pledging
import TestSupport
import Testing

/// The built-in processor, which keeps its own records.
@Suite struct SandboxTests {
    @Test(arguments: [
        ("tok_anything", "succeeded"), ("sandbox_decline_stolen_card", "declined stolen_card"),
        ("sandbox_action", "action"), ("sandbox_pending", "pending"),
        ("sandbox_late_60", "pending"), ("sandbox_lost_reply", "unknown"),
        ("sandbox_lost_request", "unknown"), ("sandbox_twice", "succeeded"),
        ("sandbox_dispute_3", "succeeded"), ("sandbox_country_RU", "succeeded"),
        ("sandbox_decline_insufficient_funds_times_1", "declined insufficient_funds"),
        ("sandbox_extra_60", "declined insufficient_funds"),
    ])
    func `a token determines the outcome`(_ token: String, _ expected: String) async throws {
        let bench = try SandboxBench()
        let answer = try await bench.sandbox().collect(try bench.order(token))
        #expect(shown(answer.outcome) == expected)
    }

    @Test func `one key takes money once across processes; another attempt is another payment`()
        async throws
    {
        let bench = try SandboxBench()
        let first = try await bench.sandbox().collect(bench.order("tok_1"))
        #expect(try await bench.sandbox().collect(bench.order("tok_1")) == first)
        let page = try await bench.sandbox().payments(
            of: "book", since: .noon, until: Instant.noon.adding(days: 1), after: nil)
        #expect(page.payments.count == 1 && page.payments[0].answer == first)
        let other = try await bench.sandbox().collect(try bench.order("tok_1", attempt: 2))
        #expect(other.remoteID != first.remoteID)
        // The key is bound to the amount.
        let changed = try await bench.sandbox().collect(try bench.order("tok_1", minor: 501))
        #expect(shown(changed.outcome) == "unknown")
        // A day later the key is forgotten, as real processors forget theirs.
        bench.pass(minutes: 24 * 60)
        let late = try await bench.sandbox().collect(try bench.order("tok_1"))
        #expect(late.remoteID != first.remoteID)
        // From then on the key stands for the later payment.
        #expect(try await bench.sandbox().collect(try bench.order("tok_1")) == late)
    }

    @Test func `a lost reply has taken the money, a lost request has not`() async throws {
        let bench = try SandboxBench()
        let order = try bench.order("sandbox_lost_reply")
        _ = try await bench.sandbox().collect(order)
        let there = try await bench.sandbox().lookUp(order.reference, remoteID: nil)
        guard case .found(let found) = there else {
            Issue.record("the payment was not found")
            return
        }
        #expect(shown(found.outcome) == "succeeded")
        #expect(try await bench.sandbox().collect(order) == found)
        let request = try bench.order("sandbox_lost_request", period: 2)
        _ = try await bench.sandbox().collect(request)
        #expect(try await bench.sandbox().lookUp(request.reference, remoteID: nil) == .absent)
        let taken = try await bench.sandbox().collect(request)
        #expect(shown(taken.outcome) == "succeeded")
        #expect(try await bench.sandbox().collect(request) == taken)
        #expect(
            try await bench.sandbox().lookUp(request.reference, remoteID: nil) == .found(taken))
    }

    @Test(arguments: ["sandbox_late_60", "sandbox_extra_60"])
    func `a late outcome comes as a message and by look-up`(token: String) async throws {
        let bench = try SandboxBench()
        let order = try bench.order(token)
        let pending = try await bench.sandbox().collect(order)
        #expect(
            try await bench.sandbox().lookUp(order.reference, remoteID: pending.remoteID)
                == .found(pending))
        bench.pass(minutes: 60)
        let page = try await bench.sandbox().messages(after: nil, since: .noon)
        let news = try page.messages.flatMap { try bench.sandbox().news(in: $0.body, of: "book") }
        let paid = news.contains {
            if case .charge(order.reference, _, let answer) = $0 {
                shown(answer.outcome) == "succeeded"
            } else {
                false
            }
        }
        #expect(paid)
        // Reading on from the cursor repeats nothing.
        let next = try await bench.sandbox().messages(after: page.cursor, since: .noon)
        #expect(next.messages.isEmpty && next.isLast)
        let strange = try page.messages.flatMap { try bench.sandbox().news(in: $0.body, of: "b") }
        #expect(strange.isEmpty)
    }

    @Test func `a refund cannot exceed what was taken`() async throws {
        let bench = try SandboxBench()
        let order = try bench.order("tok_1")
        let paid = try await bench.sandbox().collect(order)
        func refund(_ number: Int, _ minor: Int64) async throws -> RefundAnswer {
            try await bench.sandbox().refund(
                RefundOrder(
                    charge: order.reference, number: number,
                    paymentRemoteID: try #require(paid.remoteID),
                    amount: Money(minorUnits: minor, currency: order.amount.currency)))
        }
        let first = try await refund(1, 200)
        #expect(first.outcome == .succeeded)
        #expect(try await refund(1, 200) == first)
        guard case .failed = try await refund(2, 301).outcome else {
            Issue.record("a refund above the rest was accepted")
            return
        }
        #expect(try await refund(3, 300).outcome == .succeeded)
        let page = try await bench.sandbox().payments(
            of: "book", since: .noon, until: Instant.noon.adding(days: 1), after: nil)
        #expect(page.payments.map(\.refundedMinor) == [500])
    }

    @Test func `a forgotten token pays nothing more`() async throws {
        let bench = try SandboxBench()
        try await bench.sandbox().forget(token: "tok_1", customer: nil)
        let answer = try await bench.sandbox().collect(try bench.order("tok_1"))
        #expect(shown(answer.outcome) == "declined resource_missing")
    }

    @Test func `a waiting payment can be settled as paid or as declined`() async throws {
        let bench = try SandboxBench()
        let sandbox = try bench.sandbox()
        for (period, code) in [(1, nil), (2, "insufficient_funds")] as [(Int, String?)] {
            let order = try bench.order("sandbox_pending", period: period)
            let payment = try #require(await sandbox.collect(order).remoteID)
            try await sandbox.settle(payment: payment, declinedWith: code)
            guard case .found(let found) = await sandbox.lookUp(order.reference, remoteID: payment)
            else {
                Issue.record("the payment was not found")
                return
            }
            let expected = code.map { "declined \($0)" } ?? "succeeded"
            #expect(shown(found.outcome) == expected)
        }
    }

    @Test func `a payment that waits for the reader can be withdrawn, a paid one cannot`()
        async throws
    {
        let bench = try SandboxBench()
        let sandbox = try bench.sandbox()
        for (token, expected) in [
            ("sandbox_action", "declined withdrawn"), ("tok_1", "succeeded"),
        ] {
            let order = try bench.order(token, period: token.count)
            _ = await sandbox.collect(order)
            guard case .found(let found) = await sandbox.withdraw(order.reference, remoteID: nil)
            else {
                Issue.record("the payment was not found")
                return
            }
            #expect(shown(found.outcome) == expected)
        }
    }

    @Test func `a dispute is reported, and takes the money when it is lost`() async throws {
        let bench = try SandboxBench()
        let sandbox = try bench.sandbox()
        let paid = await sandbox.collect(try bench.order("tok_1"))
        let payment = try #require(paid.remoteID)
        try await sandbox.dispute(payment: payment, minor: 500, state: .open)
        #expect(try await bench.payments().map(\.refundedMinor) == [0])
        try await sandbox.dispute(payment: payment, minor: 500, state: .lost)
        #expect(try await bench.payments().map(\.refundedMinor) == [500])
        let page = try await sandbox.messages(after: nil, since: .noon)
        let states = try page.messages.flatMap { try sandbox.news(in: $0.body, of: "book") }
            .compactMap { news -> Dispute.State? in
                guard case .dispute(payment, _, _, let state) = news else { return nil }
                return state
            }
        #expect(states == [.open, .lost])
    }
}
