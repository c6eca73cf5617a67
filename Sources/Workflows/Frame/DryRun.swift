import Store

extension Context {
    /// Runs `verb` in earnest; or, as `--dry-run`, in full on a private copy of the book that is
    /// thrown away. A dry run thus says what the run itself would, holds up no other writer, and
    /// touches nothing: not the journal, the outbox or the log. It must call no processor and send
    /// nothing.
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
