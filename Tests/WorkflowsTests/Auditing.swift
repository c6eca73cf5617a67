import Pledging
import Store
import TestSupport
import Workflows

extension TestBook {
    /// Adds `count` events about one subject, which has no row; returns the subject's id.
    @discardableResult
    func addEvents(_ count: Int) async throws -> String {
        let ids = try context().ids
        let now = now
        let subject = try (ids.next(at: now) as ID<Supporter>).text
        let events = try (1...count).map { number in
            Event(
                id: try ids.next(at: now), type: .supporterUpdated, subjectID: subject,
                sequence: Int64(number), at: now, actor: .reader, data: ["number": .integer(1)])
        }
        try await book.write { try $0.append(events) }
        return subject
    }

    @discardableResult
    func seal() async throws -> SealEvents.Summary { try await SealEvents.run(in: context()) }

    /// Returns what the verification finds, and its totals.
    func verify(
        _ kept: VerifyAudit.KeptHead? = nil
    ) async throws -> (findings: [VerifyAudit.Finding], totals: VerifyAudit.Summary) {
        var findings: [VerifyAudit.Finding] = []
        let totals = try await VerifyAudit.run(keptHead: kept, in: context()) {
            findings.append($0)
        }
        return (findings, totals)
    }

    /// The kinds of findings, each once.
    func findings(_ kept: VerifyAudit.KeptHead? = nil) async throws -> Set<VerifyAudit.Kind> {
        Set(try await verify(kept).findings.map(\.kind))
    }

    /// Returns the head as somebody would keep it elsewhere.
    func keepHead() async throws -> VerifyAudit.KeptHead {
        let seal = try await BrowseBook.auditHead(in: context())
        return try VerifyAudit.KeptHead("\(seal.position):\(hexadecimal(seal.head))")
    }

    /// Redacts all events about a subject, as a verb does; returns the id of the redaction.
    @discardableResult
    func redact(_ subject: String, sequence: Int64 = 1) async throws -> String {
        let now = now
        let id: ID<Event> = try context().ids.next(at: now)
        let bookID = book.keys.bookID.text
        try await book.write { transaction in
            _ = try transaction.redactEvents(about: subject, by: id.text)
            let proof = try transaction.redactionProof(id.text)
            try transaction.append([
                Event(
                    id: id, type: .bookRedacted, subjectID: bookID, sequence: sequence, at: now,
                    actor: .job("redaction"), data: AuditChain.redactionData(proof: proof))
            ])
        }
        return id.text
    }
}
