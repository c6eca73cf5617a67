import FakeStripe
import Payments
import Pledging
import Synchronization
import Testing

/// A fake Stripe, the adapter in front of it, and the time of both.
struct StripeBench: Sendable {
    let fake: FakeStripe
    let processor: StripeProcessor
    let time: TestTime

    /// Runs a test and closes everything, even if it throws.
    static func with(
        callSeconds: Int64 = 40, totalSeconds: Int64 = 90, key: String? = nil,
        _ body: (StripeBench) async throws -> Void
    ) async throws {
        let time = TestTime()
        let fake = try await FakeStripe { time.seconds }
        let settings = try StripeSettings(
            secretKey: key ?? fake.secretKey, webhookSecret: fake.webhookSecret,
            baseURL: fake.baseURL, callSeconds: callSeconds, totalSeconds: totalSeconds)
        let processor = try StripeProcessor(settings: settings, clock: time.clock)
        let bench = StripeBench(fake: fake, processor: processor, time: time)
        do { try await body(bench) } catch {
            try await processor.close()
            await fake.stop()
            throw error
        }
        try await processor.close()
        await fake.stop()
    }

    /// The order of a first attempt. Another number is another charge.
    func order(
        _ token: String, _ number: Int = 1, amount: Int64 = 500, currency: String = "EUR",
        kind: PaymentMethod.Kind = .card, customer: String? = nil, mandate: String? = nil
    ) throws -> ChargeOrder {
        ChargeOrder(
            reference: reference(number),
            amount: Money(minorUnits: amount, currency: try Currency(currency)), kind: kind,
            method: .init(token: token, customer: customer, mandate: mandate))
    }

    func reference(_ number: Int = 1, attempt: Int = 1, book: String = bookID) -> ChargeReference {
        ChargeReference(
            bookID: book, chargeID: ID(bits: UInt128(number)),
            pledgeID: ID(bits: UInt128(number) << 32), firstPeriod: 1, periodCount: 1,
            attempt: attempt)
    }

    /// Takes money and returns the payment's id.
    func pay(_ number: Int = 1, amount: Int64 = 500) async throws -> String {
        let answer = await processor.collect(try order(fake.method(), number, amount: amount))
        guard case .succeeded = answer.outcome else { throw Unexpected(what: "\(answer)") }
        return try #require(answer.remoteID)
    }

    func refundOrder(_ payment: String, amount: Int64, number: Int = 1) throws -> RefundOrder {
        RefundOrder(
            charge: reference(), number: number, paymentRemoteID: payment,
            amount: Money(minorUnits: amount, currency: try Currency("EUR")))
    }

    /// What the newest event tells about our book.
    func lastNews(of book: String = bookID) throws -> [ProcessorNews] {
        try processor.news(in: try #require(fake.events.last).body, of: book)
    }
}

let bookID = "book_one"

struct Unexpected: Error { let what: String }

func euros(_ minor: Int64) throws -> Money {
    Money(minorUnits: minor, currency: try Currency("EUR"))
}

/// A clock that moves when somebody waits or when a test moves it.
final class TestTime: Sendable {
    private struct State {
        var milliseconds: Int64 = 1_800_000_000_000
        var waits: [Int64] = []
    }

    private let state = Mutex(State())

    var seconds: Int64 { state.withLock { $0.milliseconds / 1_000 } }
    var now: Instant { Instant(milliseconds: state.withLock { $0.milliseconds }) }
    /// How long the adapter waited each time, in milliseconds.
    var waits: [Int64] { state.withLock { $0.waits } }

    func pass(seconds: Int64) { state.withLock { $0.milliseconds += seconds * 1_000 } }

    var clock: SteadyClock {
        SteadyClock(
            elapsedMilliseconds: { self.state.withLock { $0.milliseconds } },
            wait: { milliseconds in
                self.state.withLock { state in
                    state.milliseconds += milliseconds
                    state.waits.append(milliseconds)
                }
            })
    }
}
