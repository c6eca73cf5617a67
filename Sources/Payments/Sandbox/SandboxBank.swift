package import Pledging

/// The bank, as tests and demonstrations play it. Each throws where the file cannot be used.
extension SandboxProcessor {
    /// The bank decides about a payment that waits, for the reader or for itself.
    package func settle(
        payment name: String, declinedWith code: String? = nil
    ) async throws(ProcessorUnavailable) {
        try await add(
            .init(
                kind: .settle, at: clock().milliseconds, payment: name,
                state: code == nil ? "succeeded" : "declined", code: code))
    }

    /// The reader's bank takes money back, or a dispute ends.
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
