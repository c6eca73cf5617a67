import Foundation
import OpenSSL
import Payments
import Pledging
import Synchronization
import TestSupport
import Testing

/// The processor that ships: a real counterpart, with a book of its own.
@Suite struct SandboxTests {
    /// A sandbox on a file, and a clock that stands until it is moved.
    private final class Bench: Sendable {
        private let folder: TemporaryFolder
        private let time = Mutex(Instant.noon)
        let path: String

        init() throws {
            folder = try TemporaryFolder()
            path = folder.file("book.db.sandbox")
        }

        func pass(minutes: Int64) {
            time.withLock { $0 = $0.adding(seconds: minutes * 60) }
        }

        var now: Instant { time.withLock { $0 } }

        /// Another process's view of the same file.
        func sandbox() throws -> SandboxProcessor {
            try SandboxProcessor(file: path, clock: { self.now })
        }

        func order(
            _ token: String, period: Int = 1, attempt: Int = 1, minor: Int64 = 500
        ) throws -> ChargeOrder {
            ChargeOrder(
                reference: ChargeReference(
                    bookID: "book", chargeID: ID(bits: UInt128(period)), pledgeID: ID(bits: 7),
                    firstPeriod: period, periodCount: 1, attempt: attempt),
                amount: Money(minorUnits: minor, currency: try Currency("USD")), kind: .card,
                method: PaymentMethod.Secret(token: token), isReaderPresent: false)
        }
    }

    private func name(_ outcome: ChargeOutcome) -> String {
        switch outcome {
        case .succeeded: "succeeded"
        case .declined(let decline): "declined \(decline.code)"
        case .actionNeeded: "action"
        case .pending: "pending"
        case .unknown: "unknown"
        }
    }

    @Test(arguments: [
        ("tok_anything", "succeeded"), ("sandbox_decline_stolen_card", "declined stolen_card"),
        ("sandbox_action", "action"), ("sandbox_pending", "pending"),
        ("sandbox_late_60", "pending"), ("sandbox_lost_reply", "unknown"),
        ("sandbox_lost_request", "unknown"), ("sandbox_twice", "succeeded"),
        ("sandbox_dispute_3", "succeeded"), ("sandbox_country_RU", "succeeded"),
        ("sandbox_decline_insufficient_funds_times_1", "declined insufficient_funds"),
    ])
    func `a token says what happens`(_ token: String, _ expected: String) async throws {
        let bench = try Bench()
        let answer = try await bench.sandbox().collect(try bench.order(token))
        #expect(name(answer.outcome) == expected)
    }

    @Test func `a key takes once, in every process; another attempt is another payment`()
        async throws
    {
        let bench = try Bench()
        let first = try await bench.sandbox().collect(bench.order("tok_1"))
        #expect(try await bench.sandbox().collect(bench.order("tok_1")) == first)
        let page = try await bench.sandbox().payments(
            of: "book", since: .noon, until: Instant.noon.adding(days: 1), after: nil)
        #expect(page.payments.count == 1 && page.payments[0].answer == first)
        let other = try await bench.sandbox().collect(try bench.order("tok_1", attempt: 2))
        #expect(other.remoteID != first.remoteID)
        // The key stands for an amount.
        let changed = try await bench.sandbox().collect(try bench.order("tok_1", minor: 501))
        #expect(name(changed.outcome) == "unknown")
        // A day later the key is forgotten, as real ones are.
        bench.pass(minutes: 24 * 60)
        let late = try await bench.sandbox().collect(try bench.order("tok_1"))
        #expect(late.remoteID != first.remoteID)
        // From then on it stands for the later payment.
        #expect(try await bench.sandbox().collect(try bench.order("tok_1")) == late)
    }

    @Test func `a lost reply has taken the money, a lost request has not`() async throws {
        let bench = try Bench()
        let order = try bench.order("sandbox_lost_reply")
        _ = try await bench.sandbox().collect(order)
        let there = try await bench.sandbox().lookUp(order.reference, remoteID: nil)
        guard case .found(let found) = there else {
            Issue.record("it is there")
            return
        }
        #expect(name(found.outcome) == "succeeded")
        #expect(try await bench.sandbox().collect(order) == found)
        let request = try bench.order("sandbox_lost_request", period: 2)
        _ = try await bench.sandbox().collect(request)
        #expect(try await bench.sandbox().lookUp(request.reference, remoteID: nil) == .absent)
        let taken = try await bench.sandbox().collect(request)
        #expect(name(taken.outcome) == "succeeded")
        #expect(try await bench.sandbox().collect(request) == taken)
        #expect(
            try await bench.sandbox().lookUp(request.reference, remoteID: nil) == .found(taken))
    }

    @Test func `what is late comes as a message, and as an answer to a question`() async throws {
        let bench = try Bench()
        let order = try bench.order("sandbox_late_60")
        let pending = try await bench.sandbox().collect(order)
        #expect(
            try await bench.sandbox().lookUp(order.reference, remoteID: pending.remoteID)
                == .found(pending))
        bench.pass(minutes: 60)
        let page = try await bench.sandbox().messages(after: nil, since: .noon)
        let news = try page.messages.flatMap { try bench.sandbox().news(in: $0.body, of: "book") }
        let paid = news.contains {
            if case .charge(order.reference, _, let answer) = $0 {
                name(answer.outcome) == "succeeded"
            } else {
                false
            }
        }
        #expect(paid)
        // Nothing is told twice where the list is read on.
        let next = try await bench.sandbox().messages(after: page.cursor, since: .noon)
        #expect(next.messages.isEmpty && next.isLast)
        let strange = try page.messages.flatMap { try bench.sandbox().news(in: $0.body, of: "b") }
        #expect(strange.isEmpty)
    }

    @Test func `no more goes back than was taken`() async throws {
        let bench = try Bench()
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
            Issue.record("more than is left")
            return
        }
        #expect(try await refund(3, 300).outcome == .succeeded)
        let page = try await bench.sandbox().payments(
            of: "book", since: .noon, until: Instant.noon.adding(days: 1), after: nil)
        #expect(page.payments.map(\.refundedMinor) == [500])
    }

    @Test func `half a line that a killed process left is no fact`() async throws {
        let bench = try Bench()
        let paid = try await bench.sandbox().collect(try bench.order("tok_1"))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: bench.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"kind\":\"pay\",\"at\":1".utf8))
        try file.close()
        #expect(try await bench.sandbox().collect(try bench.order("tok_1")) == paid)
        let other = try await bench.sandbox().collect(try bench.order("tok_2", period: 2))
        #expect(name(other.outcome) == "succeeded")
    }

    @Test func `a token that is forgotten pays nothing more`() async throws {
        let bench = try Bench()
        try await bench.sandbox().forget(token: "tok_1", customer: nil)
        let answer = try await bench.sandbox().collect(try bench.order("tok_1"))
        #expect(name(answer.outcome) == "declined resource_missing")
    }

    @Test func `no token stands in the file`() async throws {
        let bench = try Bench()
        _ = try await bench.sandbox().collect(try bench.order("tok_secret"))
        let text = try String(contentsOfFile: bench.path, encoding: .utf8)
        #expect(text.contains("\"pay\"") && !text.contains("tok_secret"))
    }

    @Test func `a file that cannot be made is an error that says where`() {
        #expect(throws: SandboxError.self) {
            try SandboxProcessor(file: "/nowhere/at/all", clock: { .noon })
        }
    }
}
