import Store

extension Book {
    /// In earnest, or as a rehearsal.
    func write<Answer: Sendable>(
        isDryRun: Bool, _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        isDryRun ? try await rehearse(body) : try await write(body)
    }

    /// Does the work and keeps nothing of it: what `--dry-run` is.
    func rehearse<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        do {
            return try await write { transaction in
                throw Rehearsed(answer: try body(transaction))
            }
        } catch let rehearsed as Rehearsed<Answer> {
            return rehearsed.answer
        }
    }
}

private struct Rehearsed<Answer: Sendable>: Error {
    let answer: Answer
}
