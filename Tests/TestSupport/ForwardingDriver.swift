package import Store

/// A driver around another one, which does everything that this one does not implement itself.
package protocol ForwardingDriver: Driver {
    var inner: any Driver { get }
}

extension ForwardingDriver {
    package var engine: Engine { inner.engine }

    package func inspect() async throws -> [Inspection] { try await inner.inspect() }

    package func purgeLog() async throws -> Bool { try await inner.purgeLog() }

    package func copy(
        to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws { try await inner.copy(to: path, progress: progress) }

    package func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer { try await inner.onScratchCopy(body) }
}
