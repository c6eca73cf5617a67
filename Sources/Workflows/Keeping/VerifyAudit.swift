package import Pledging
import Store

/// Looks for events that were changed, removed or inserted since they were sealed. It changes
/// nothing and holds one page in memory at a time.
///
/// Whoever can write to the book can make a whole new chain, so the trail is tamper-evident only
/// while a head is kept elsewhere.
package enum VerifyAudit {
    /// The counts of the whole chain, sound or not.
    package struct Summary: Hashable, Sendable {
        package fileprivate(set) var entries = 0
        /// Entries whose event was redacted.
        package fileprivate(set) var redacted = 0
        /// Events that are not sealed yet.
        package fileprivate(set) var unsealed = 0
        /// The last entry; 0 when there is none.
        package fileprivate(set) var position: Int64 = 0
        package fileprivate(set) var head = AuditChain.start
        package fileprivate(set) var findings = 0

        package var json: JSON {
            [
                "entries": .integer(Int64(entries)), "redacted": .integer(Int64(redacted)),
                "unsealed": .integer(Int64(unsealed)), "position": .integer(position),
                "head": .string(hexadecimal(head)),
            ]
        }
    }

    /// Checks all entries, seals, events and redactions, and hands each finding to `each`. With
    /// `keptHead`, the chain must have that head at that position.
    package static func run(
        keptHead: KeptHead? = nil, in context: Context, each: (Finding) throws -> Void
    ) async throws -> Summary {
        var summary = Summary()
        func report(_ finding: Finding) throws {
            summary.findings += 1
            try each(finding)
        }
        // 1. Entries against their events, and the chain against its seals.
        var chain = ChainReader(keptHead: keptHead)
        var isLast = false
        while !isLast {
            let after = chain.position
            let page = try await context.book.read {
                try ChainPage(after: after, pageSize, from: $0)
            }
            isLast = page.isLast
            for finding in try chain.read(page) { try report(finding) }
        }
        for finding in chain.end() { try report(finding) }
        (summary.entries, summary.redacted) = (chain.entries, chain.redacted)
        (summary.position, summary.head) = (chain.position, chain.head)
        // 2. Events against their entries.
        var lastID: String? = ""
        while let after = lastID {
            let (places, sealedAt) = try await context.look { look in
                (
                    try look.store.auditPlaces(after: after, limit: pageSize),
                    try look.store.lastAuditSeal()?.at
                )
            }
            summary.unsealed += places.count { $0.position == nil }
            for place in places {
                if let finding = insertion(place, sealedAt) { try report(finding) }
            }
            lastID = places.last?.eventID
        }
        // 3. Redactions against their proofs.
        var redaction: String? = ""
        while let after = redaction {
            let (next, isProven) = try await context.look { look in
                let next = try look.store.nextRedaction(after: after)
                return (next, try next.map { try look.store.isProven(redaction: $0) } ?? true)
            }
            if let next, !isProven { try report(.unproven(next)) }
            redaction = next
        }
        return summary
    }

    /// Returns a finding for an event that no entry of the chain is about; nil for a sound one, and
    /// for a recent one that is not sealed yet.
    private static func insertion(_ place: AuditPlace, _ sealedAt: Instant?) -> Finding? {
        if let position = place.position {
            guard place.entryEventID != place.eventID else { return nil }
            return Finding(
                .inserted, place.eventID, "its row names entry \(position), which is not its own")
        }
        guard let sealedAt, place.at < sealedAt.adding(hours: -lateHours) else { return nil }
        return Finding(
            .inserted, place.eventID,
            "it is not sealed, though all events of its time were sealed")
    }

    /// An unsealed event that is so many hours older than the last seal is a finding. An event has
    /// the time at which its verb began and appears when its transaction ends, and servers' clocks
    /// differ; neither takes an hour.
    private static let lateHours: Int64 = 1
    /// Rows per page; each page is a separate short read.
    private static let pageSize = 500
}

extension VerifyAudit {
    package enum Kind: String, CaseIterable, Sendable {
        /// The event's row differs from what was sealed.
        case changed
        /// The event's row is gone, and no redaction says so.
        case removed
        /// A row was added among those that are sealed.
        case inserted
        /// Entries and seals do not make one chain.
        case brokenChain
        /// Entries are marked as redacted, but no event of the redaction proves it.
        case unprovenRedaction
        /// The chain does not have the head that was kept elsewhere.
        case headMismatch
    }

    package struct Finding: Hashable, Sendable {
        package let kind: Kind
        /// The id of the event or redaction, or the position of the entry.
        package let subject: String
        package let text: String

        init(_ kind: Kind, _ subject: String, _ text: String) {
            self.kind = kind
            self.subject = subject
            self.text = text
        }

        init(_ kind: Kind, _ position: Int64, _ text: String) {
            self.init(kind, String(position), text)
        }

        fileprivate static func unproven(_ redaction: String) -> Finding {
            Finding(
                .unprovenRedaction, redaction,
                "entries are marked as redacted by it, but nothing proves it")
        }

        package var json: JSON {
            [
                "kind": .string(kind.rawValue), "subject": .string(subject),
                "finding": .string(text),
            ]
        }
    }

    /// A head of the chain that was kept elsewhere.
    package struct KeptHead: Hashable, Sendable {
        package let position: Int64
        package let head: [UInt8]

        /// Parses `POSITION:HEX`, as `audit head` shows them. Throws Problem `.invalid`.
        package init(_ text: String) throws(Problem) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let position = Int64(parts[0]), position >= 1,
                let head = bytes(hexadecimal: String(parts[1])),
                head.count == AuditChain.start.count
            else {
                throw Problem(
                    .invalid, field: .head,
                    "is not a head; write POSITION:HEX, as 'mainstay audit head' shows them")
            }
            self.position = position
            self.head = head
        }
    }
}
