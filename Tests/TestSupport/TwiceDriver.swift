package import Store

/// Runs each write once in vain before, as the writes of a group are run again of which one failed.
/// What a verb does outside its write, or keeps of the first run, shows by it.
package struct TwiceDriver: Driver {
    private let inner: any Driver

    package init(_ inner: any Driver) { self.inner = inner }

    private struct Again: Error {}

    package var engine: Engine { inner.engine }

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

    package func inspect() async throws -> [Inspection] { try await inner.inspect() }

    package func purgeLog() async throws -> Bool { try await inner.purgeLog() }

    package func copy(
        to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws { try await inner.copy(to: path, progress: progress) }

    package func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer { try await inner.onScratchCopy(body) }
}
