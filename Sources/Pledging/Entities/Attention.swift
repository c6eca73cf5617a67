/// Something that needs a person of the newsroom. It is open until its cause is gone or a person
/// resolves it; at most one is open for each kind and subject.
package struct Attention: Identified, Hashable, Sendable {
    package static let idPrefix = "att"

    package let id: ID<Attention>
    package let kind: Kind
    /// The id of what it is about, or a name, such as a processor's; never personal data.
    package let subject: String
    /// A code, an amount or a date; never personal data.
    package var detail: String?
    package let firstSeenAt: Instant
    package var lastSeenAt: Instant
    /// How often the cause was seen while this is open.
    package var timesSeen: Int
    /// When the operator's mail about it was queued.
    package var toldAt: Instant?
    package var resolution: Resolution?
    package var version: Int64

    package struct Resolution: Hashable, Sendable {
        package let at: Instant
        /// `Actor.text` of whoever resolved it, or of the job that found its cause gone.
        package let by: String

        package init(at: Instant, by: String) {
            self.at = at
            self.by = by
        }
    }

    package init(
        id: ID<Attention>, kind: Kind, subject: String, detail: String? = nil,
        firstSeenAt: Instant, lastSeenAt: Instant? = nil, timesSeen: Int = 1,
        toldAt: Instant? = nil, resolution: Resolution? = nil, version: Int64 = 1
    ) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.detail = detail
        self.firstSeenAt = firstSeenAt
        self.lastSeenAt = lastSeenAt ?? firstSeenAt
        self.timesSeen = timesSeen
        self.toldAt = toldAt
        self.resolution = resolution
        self.version = version
    }

    /// Returns the data of its events.
    package var eventData: JSON {
        .members([
            "id": .string(id.text), "kind": .string(kind.rawValue), "subject": .string(subject),
            "detail": detail.map { .string($0) },
            "resolved_at": resolution.map { .string($0.at.rfc3339) },
        ])
    }

    /// The command that mends it, or shows what is to be decided.
    package var cure: String { kind.cure(subject, id) }

    /// Returns its line in the mail to the operator.
    package var line: Line {
        let named = [subject, detail].compactMap { $0 }.joined(separator: ", ")
        return Line(
            what: "\(kind.what) (\(named); since \(firstSeenAt.rfc3339))",
            cure: cure)
    }

    /// What happened, and what mends it; texts for people.
    package struct Line: Hashable, Sendable {
        package let what: String
        package let cure: String

        package init(what: String, cure: String) {
            self.what = what
            self.cure = cure
        }
    }
}
