package import Pledging

/// Plays the bank, for tests and demonstrations. Throws `ProcessorUnavailable` if the file cannot
/// be used.
extension SandboxProcessor {
    /// Decides a payment that waits for the reader or for the bank: declined with `code`, or
    /// succeeded without one.
    package func settle(
        payment name: String, declinedWith code: String? = nil
    ) async throws(ProcessorUnavailable) {
        try await add(
            .init(
                kind: .settle, at: clock().milliseconds, payment: name,
                state: code == nil ? "succeeded" : "declined", code: code))
    }

    /// Records a dispute about `minor` minor units of a payment, or how a dispute ended.
    package func dispute(
        payment name: String, minor: Int64, state: Dispute.State
    ) async throws(ProcessorUnavailable) {
        try await add(
            .init(
                kind: .dispute, at: clock().milliseconds, payment: name, minor: minor,
                state: state.rawValue))
    }

    private func add(_ fact: SandboxLedger.Fact) async throws(ProcessorUnavailable) {
        try await listed { ledger in try ledger.append(fact) }
    }
}
