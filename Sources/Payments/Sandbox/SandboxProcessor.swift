package import Pledging

/// A processor that moves no money. It ships with the program, is the default, and serves tests as
/// a full counterpart. It keeps its own records, forgets idempotency keys after a day as real
/// processors do, and behaves as `SandboxToken` says. It runs inside this process and makes no
/// calls.
package final class SandboxProcessor: PaymentProcessor {
    package let name = SandboxProcessor.factory.name
    package let mode = ProcessorMode.test
    package let callsInFlight: Int
    package let keyLifetimeHours: Int64 = 24

    let clock: @Sendable () -> Instant
    let latency: Duration
    private let file: SandboxFile

    /// `latency` is how long each collection takes. Throws `SandboxError` if the file cannot be
    /// opened or made.
    package init(
        file: String, clock: @escaping @Sendable () -> Instant, callsInFlight: Int = 32,
        latency: Duration = .zero
    ) throws(SandboxError) {
        self.clock = clock
        self.callsInFlight = callsInFlight
        self.latency = latency
        self.file = try SandboxFile(path: file)
    }

    package func time() async throws(ProcessorUnavailable) -> Instant { clock() }

    package func issuingCountry(
        ofToken token: String
    ) async throws(ProcessorUnavailable) -> String? {
        if case .country(let country) = SandboxToken(token) { return country }
        return nil
    }

    package func forget(
        token: String, customer: String?
    ) async throws(ProcessorUnavailable) {
        let now = clock()
        try await listed { ledger in
            try ledger.append(
                .init(
                    kind: .forget, at: now.milliseconds,
                    token: SandboxLedger.digest(ofToken: token)))
            return
        }
    }

    // MARK: The file

    /// Returns the result of `body`, run under the file's lock; `failed` if the file cannot be
    /// used.
    func answered<Answer: Sendable>(
        _ failed: Answer, _ body: @escaping @Sendable (inout SandboxLedger) throws -> Answer
    ) async -> Answer {
        (try? await file.locked(body)) ?? failed
    }

    /// Returns the result of `body`, run under the file's lock. Throws `ProcessorUnavailable` if
    /// the file cannot be used.
    @discardableResult
    func listed<Answer: Sendable>(
        _ body: @escaping @Sendable (inout SandboxLedger) throws -> Answer
    ) async throws(ProcessorUnavailable) -> Answer {
        do {
            return try await file.locked(body)
        } catch {
            throw ProcessorUnavailable(reason: "\(error)", needsOperator: true)
        }
    }

    static let unusable = "the sandbox's file cannot be used"
}
