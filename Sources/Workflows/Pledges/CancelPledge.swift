package import Pledging
import Store

/// Cancels a pledge: by the reader's wish, by staff, or because a processor says so.
package enum CancelPledge {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.note]

    /// Returns the pledge afterwards. Throws Problem: `.invalid` for a note that breaks a rule,
    /// `.conflict` when the pledge has ended in another way.
    package static func run(
        _ id: ID<Pledge>, _ cancellation: Cancellation, in context: Context
    ) async throws -> Pledge {
        // 1. A note is allowed only with the reason `other`.
        if let note = cancellation.note {
            guard cancellation.reason == .other else {
                throw Problem(.invalid, field: .note, "is allowed only with the reason 'other'")
            }
            guard note.count <= Cancellation.noteMaximumCharacters else {
                throw Problem(
                    .invalid, field: .note,
                    "longer than \(Cancellation.noteMaximumCharacters) characters")
            }
            _ = try InputRules.optional(note, .note, maximumBytes: 4_000, lineBreaks: true)
        }
        // 2. State, event, and the reminders about it. A second call changes nothing.
        return try await context.answer { change in
            let pledge = try change.existing(id)
            let moved = try change.pledges.move(pledge, by: .cancelAsked) {
                $0.cancellation = cancellation
            }
            return moved ?? pledge
        }
    }

    /// The same by the reader, with the link in a mail to them. Throws Problem `.notFound` when the
    /// link is unknown or the pledge is not theirs.
    package static func run(
        _ id: ID<Pledge>, because reason: Cancellation.Reason, by link: String,
        in context: Context
    ) async throws -> Pledge {
        try await OpenLink.run(link, in: context).requireOwn(id)
        return try await run(
            id, Cancellation(reason: reason, by: .supporter), in: context.actingForReader)
    }
}
