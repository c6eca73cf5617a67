package import Store

/// Runs each write once in vain first, as happens to a group's writes when one of them fails. This
/// shows what a verb does outside its write, or keeps from the first run.
package struct TwiceDriver: ForwardingDriver {
    package let inner: any Driver

    package init(_ inner: any Driver) { self.inner = inner }

    private struct Again: Error {}

    package func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        if kind == .write {
            do {
                try await inner.transaction(kind) { connection in
                    _ = try body(connection)
                    throw Again()
                }
            } catch is Again {}
        }
        return try await inner.transaction(kind, body)
    }
}
