import Dispatch

/// Where calls run that wait for a disk or a file lock, as those to the outbox and to the journal
/// beside the ring do. They must not block the few threads that all tasks share.
package enum FileCalls: Sendable {
    case onOwnThreads
    /// On the calling thread, for simulations, which decide the order of everything.
    case inline

    func run<Answer: Sendable>(
        _ body: @escaping @Sendable () throws -> Answer
    ) async throws -> Answer {
        switch self {
        case .inline: try body()
        case .onOwnThreads:
            try await withCheckedThrowingContinuation { continuation in
                FileCalls.queue.async { continuation.resume(with: Result { try body() }) }
            }
        }
    }

    private static let queue = DispatchQueue(label: "mainstay files", attributes: .concurrent)
}
