import Store

/// The database as a program that can be killed sees it.
struct MortalDriver: Driver {
    let base: any Driver
    let life: Life

    var engine: Engine { base.engine }

    func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        // Tasks that run at once take turns here.
        await Task.yield()
        switch life.step() {
        case .goesOn: return try await base.transaction(kind, body)
        case .diesAfter:
            _ = try await base.transaction(kind, body)
            throw ProcessDied()
        case .diesBefore, .isOver: throw ProcessDied()
        }
    }

    func purgeLog() async throws -> Bool {
        guard life.step() == .goesOn else { throw ProcessDied() }
        return true
    }

    func inspect() async throws -> [Inspection] { try await base.inspect() }

    func copy(to path: String, progress: @escaping @Sendable (Int, Int) -> Void) async throws {
        try await base.copy(to: path, progress: progress)
    }

    func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer { try await base.onScratchCopy(body) }
}
