import Store

extension Context {
    /// Runs `verb`; with `isDryRun`, on a private copy of the book that is thrown away. A dry run
    /// therefore reports what the run itself would do, delays no other writer, and changes neither
    /// journal, outbox nor log. In a dry run, `verb` must not call a processor or send anything.
    func run<Answer: Sendable>(
        isDryRun: Bool, _ verb: (Context) async throws -> Answer
    ) async throws -> Answer {
        isDryRun ? try await dryRun(verb) : try await verb(self)
    }

    func dryRun<Answer: Sendable>(
        _ verb: (Context) async throws -> Answer
    ) async throws -> Answer {
        try await book.onScratchCopy { try await verb(onScratchCopy($0)) }
    }
}
