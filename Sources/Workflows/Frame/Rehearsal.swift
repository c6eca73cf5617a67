import Pledging
import Store

extension Context {
    /// In earnest, or as a rehearsal.
    func change<Answer: Sendable>(
        isDryRun: Bool, at moment: Instant? = nil,
        _ body: @escaping @Sendable (Change) throws -> Answer
    ) async throws -> Answer {
        isDryRun ? try await rehearse(at: moment, body) : try await change(at: moment, body)
    }

    /// Does the work and keeps nothing of it: what `--dry-run` is.
    func rehearse<Answer: Sendable>(
        at moment: Instant? = nil, _ body: @escaping @Sendable (Change) throws -> Answer
    ) async throws -> Answer {
        do {
            return try await change(at: moment) { change in
                throw Rehearsed(answer: try body(change))
            }
        } catch let rehearsed as Rehearsed<Answer> {
            return rehearsed.answer
        }
    }
}

private struct Rehearsed<Answer: Sendable>: Error {
    let answer: Answer
}
