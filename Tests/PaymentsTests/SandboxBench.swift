import Payments
import Pledging
import Synchronization
import TestSupport

/// A Sandbox on a file, and a clock that stands still until it is moved.
final class SandboxBench: Sendable {
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

    /// The same file, as another process opens it.
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
            method: PaymentMethod.Secret(token: token))
    }

    /// All payments of the first day.
    func payments() async throws -> [PaymentRecord] {
        try await sandbox().payments(
            of: "book", since: .noon, until: Instant.noon.adding(days: 1), after: nil
        ).payments
    }
}

/// An outcome in a word or two.
func shown(_ outcome: ChargeOutcome) -> String {
    switch outcome {
    case .succeeded: "succeeded"
    case .declined(let decline): "declined \(decline.code)"
    case .actionNeeded: "action"
    case .pending: "pending"
    case .unknown: "unknown"
    }
}
