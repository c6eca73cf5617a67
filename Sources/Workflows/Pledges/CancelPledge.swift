package import Pledging
import Store

/// A pledge ends: by the reader's wish, by staff, or because a processor says so.
package enum CancelPledge {
    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> = [.note]

    package static func run(
        _ id: ID<Pledge>, _ cancellation: Cancellation, in context: Context
    ) async throws -> Pledge {
        // 1. Words only with the reason that asks for them.
        if let note = cancellation.note {
            guard cancellation.reason == .other else {
                throw Problem(.invalid, field: .note, "goes with the reason 'other' only")
            }
            guard note.count <= Cancellation.noteMaximumCharacters else {
                throw Problem(
                    .invalid, field: .note,
                    "longer than \(Cancellation.noteMaximumCharacters) characters")
            }
            _ = try InputRules.optional(note, .note, maximumBytes: 4_000, lineBreaks: true)
        }
        // 2. State, event, and the end of what was promised about it. Twice is once.
        return try await context.answer { change in
            let pledge = try change.existing(id)
            let moved = try change.pledges.move(pledge, by: .cancelAsked) {
                $0.cancellation = cancellation
            }
            return moved ?? pledge
        }
    }

    /// The same by the reader, with a link of a mail to them; it reaches their own pledges alone.
    package static func run(
        _ id: ID<Pledge>, because reason: Cancellation.Reason, by link: String,
        in context: Context
    ) async throws -> Pledge {
        let view = try await OpenLink.run(link, in: context)
        guard view.pledges.contains(where: { $0.id == id }) else {
            throw Problem.noSuch("pledge", id.text)
        }
        return try await run(
            id, Cancellation(reason: reason, by: .supporter), in: context.actingForReader)
    }
}
