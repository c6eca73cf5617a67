package import Store

/// Lets other tasks go first before each transaction. On a SeededExecutor the seed chooses which.
package struct YieldingDriver: ForwardingDriver {
    package let inner: any Driver

    package init(_ inner: any Driver) { self.inner = inner }

    package func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        await Task.yield()
        return try await inner.transaction(kind, body)
    }
}
