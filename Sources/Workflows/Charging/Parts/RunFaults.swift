import Payments
import Pledging
import Store
import Synchronization

/// What a billing run learns about its processors from their answers: where nothing more is sent,
/// and which tokens a processor does not have. One processor's fault stops no other's charges.
final class RunFaults: Sendable {
    struct Calls: Sendable {
        var count = 0
        /// Calls that found their token, whatever the bank said.
        var known = 0
        var missing: [ID<Charge>] = []
    }

    private struct State: Sendable {
        var stopped: [String: String] = [:]
        var calls: [String: Calls] = [:]
    }

    /// The calls of the run, by processor.
    var calls: [String: Calls] { state.withLock { $0.calls } }

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
            case .succeeded, .actionNeeded, .pending:
                state.calls[processor, default: Calls()].known += 1
            case .declined(let decline) where decline.isMissingToken:
                state.calls[processor, default: Calls()].missing.append(charge)
            case .declined(let decline) where decline.isOfReader:
                state.calls[processor, default: Calls()].known += 1
            case .declined, .unknown: break
            }
        }
    }
}
