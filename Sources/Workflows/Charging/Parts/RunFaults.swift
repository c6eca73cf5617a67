import Payments
import Pledging
import Store
import Synchronization

/// What a billing run learns about its processors from their answers: where nothing more is sent,
/// and which tokens a processor does not have. One processor's fault stops no other's charges.
final class RunFaults: Sendable {
    private struct Calls: Sendable {
        var count = 0
        var succeeded = 0
        var missing: [ID<Charge>] = []
    }

    private struct State: Sendable {
        var stopped: [String: String] = [:]
        var calls: [String: Calls] = [:]
    }

    private let state = Mutex(State())

    /// Nothing more is sent through this processor. The first reason stays.
    func stop(_ processor: String, because reason: String) {
        state.withLock { state in
            state.stopped[processor] = state.stopped[processor] ?? reason
        }
    }

    func isStopped(_ processor: String) -> Bool {
        state.withLock { $0.stopped[processor] != nil }
    }

    /// Each processor where the run stopped, and why, by name.
    var stopped: [(processor: String, reason: String)] {
        state.withLock { $0.stopped }.sorted { $0.key < $1.key }
            .map { (processor: $0.key, reason: $0.value) }
    }

    func count(_ outcome: ChargeOutcome, of charge: ID<Charge>, at processor: String) {
        state.withLock { state in
            state.calls[processor, default: Calls()].count += 1
            switch outcome {
            case .succeeded: state.calls[processor, default: Calls()].succeeded += 1
            case .declined(let decline) where decline.isMissingToken:
                state.calls[processor, default: Calls()].missing.append(charge)
            case .declined, .actionNeeded, .pending, .unknown: break
            }
        }
    }

    // MARK: Missing tokens

    /// Decides who is at fault for the tokens that processors do not have. If nothing succeeded
    /// there, or over half of the calls found no token, it is the account (with the key of another
    /// account every token is missing), and the charges stay held. Otherwise it is each reader's
    /// affair: they are past due, and are asked for another method.
    func settleMissing(_ tally: inout BillingTally, in context: Context) async throws {
        for (processor, calls) in state.withLock({ $0.calls }) where !calls.missing.isEmpty {
            let isAccount = calls.succeeded == 0 || calls.missing.count * 2 > calls.count
            guard !isAccount else {
                let words = "\(calls.missing.count) of \(calls.count) tokens are missing"
                stop(processor, because: words + ", as with the key of another account")
                try await context.change { change in
                    try change.attention.raise(.keyRefused, processor, words)
                }
                continue
            }
            for charge in calls.missing {
                let isDeclined = try await context.change { change in
                    try RunFaults.decline(charge, in: change)
                }
                if isDeclined { tally.declined += 1 }
            }
        }
    }

    private static func decline(_ id: ID<Charge>, in change: Change) throws -> Bool {
        let decline = Decline(code: Decline.missingToken)
        guard let charge = try change.store.charge(id), charge.state == .held,
            charge.reason == decline.code
        else { return false }
        return try change.booking.move(charge, by: .declined, because: decline) != nil
    }
}
