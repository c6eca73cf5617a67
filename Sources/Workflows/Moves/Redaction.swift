import Pledging
import Store

extension Context {
    /// Runs `body` with the id under which rows are removed and events redacted. Afterwards one
    /// event says that the book was redacted, without saying how much or why; it goes to no
    /// endpoint. If it is cut off, the next redaction goes on under the same id.
    func redacting(_ body: (ID<Event>) async throws -> Void) async throws {
        let now = now
        let redaction = try await change(at: now) { change in
            try change.store.beginRedaction(as: change.id())
        }
        for number in Transaction.removalIndexes {
            try await change { try $0.store.createRemovalIndex(number) }
        }
        try await body(redaction)
        for number in Transaction.removalIndexes {
            try await change { try $0.store.dropRemovalIndex(number) }
        }
        try await change(at: now) { change in
            let book = change.store.keys.bookID.text
            let event = Event(
                id: redaction, type: .bookRedacted, subjectID: book,
                sequence: try change.store.nextSequence(of: book), at: change.now,
                actor: change.context.actor,
                data: AuditChain.redactionData(
                    proof: try change.store.redactionProof(redaction.text)))
            try change.store.append([event], isFannedOut: false)
            try change.store.endRedaction()
        }
    }
}
