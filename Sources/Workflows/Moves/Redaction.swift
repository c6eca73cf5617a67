import Pledging
import Store

extension Book {
    /// Lends the id under which rows are removed and events redacted; afterwards one event says
    /// that the book was redacted, without saying how much or why. It goes to no endpoint. Cut off,
    /// the next redaction goes on under the same id.
    func redacting(
        in context: Context, _ body: (ID<Event>) async throws -> Void
    ) async throws {
        let now = context.now
        let redaction = try await write { transaction in
            try transaction.beginRedaction(as: context.id(at: now))
        }
        for number in Transaction.removalIndexes {
            try await write { try $0.createRemovalIndex(number) }
        }
        try await body(redaction)
        for number in Transaction.removalIndexes {
            try await write { try $0.dropRemovalIndex(number) }
        }
        try await write { transaction in
            let book = transaction.keys.bookID.text
            let event = Event(
                id: redaction, type: .bookRedacted, subjectID: book,
                sequence: try transaction.nextSequence(of: book), at: now, actor: context.actor,
                data: AuditChain.redactionData(
                    proof: try transaction.redactionProof(redaction.text)))
            try transaction.append([event], isFannedOut: false)
            try transaction.endRedaction()
        }
    }
}
