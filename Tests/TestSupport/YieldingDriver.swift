package import Store

/// Lets other tasks go first before each transaction: on a SeededExecutor the seed says which.
package struct YieldingDriver: Driver {
    private let inner: any Driver

    package init(_ inner: any Driver) { self.inner = inner }

    package var engine: Engine { inner.engine }

    package func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        await Task.yield()
        return try await inner.transaction(kind, body)
    }

    package func inspect() async throws -> [Inspection] { try await inner.inspect() }

    package func purgeLog() async throws -> Bool { try await inner.purgeLog() }

    package func copy(
        to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws { try await inner.copy(to: path, progress: progress) }

    package func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer { try await inner.onScratchCopy(body) }
}
