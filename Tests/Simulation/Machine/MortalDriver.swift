import Store
import TestSupport

/// The database, as used by a program that can be killed.
struct MortalDriver: ForwardingDriver {
    let inner: any Driver
    let life: Life

    func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        // Lets concurrent tasks take turns.
        await Task.yield()
        switch life.step() {
        case .goesOn: return try await inner.transaction(kind, body)
        case .diesAfter:
            _ = try await inner.transaction(kind, body)
            throw ProcessDied()
        case .diesBefore, .isOver: throw ProcessDied()
        }
    }

    func purgeLog() async throws -> Bool {
        guard life.step() == .goesOn else { throw ProcessDied() }
        return true
    }
}
