import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Events that are redacted leave the chain sound; nobody without the key ring can redact.
@Suite struct RedactionTests {
    private let test: TestBook
    private let subject: String

    init() async throws {
        test = try await TestBook()
        try await test.addEndpoint()
        try await test.addEvents(2)
        subject = try await test.addEvents(3)
        try await test.addEvents(2)
    }

    @Test func `a redaction takes the events and leaves the chain sound`() async throws {
        try await test.seal()
        let kept = try await test.keepHead()
        try await test.redact(subject)
        #expect(try await test.history(of: subject) == [])
        let (findings, totals) = try await test.verify(kept)
        #expect(findings == [])
        #expect(totals.entries == 7 && totals.redacted == 3 && totals.unsealed == 1)
        let entries = try await test.book.read { try $0.auditEntries(after: 2, limit: 3) }
        #expect(entries.allSatisfy { $0.entry.eventID == nil && $0.entry.salt == nil })
        // The event of the redaction is sealed like any other.
        try await test.seal()
        #expect(try await test.findings(kept) == [])
    }

    @Test func `nothing of the events stays, nor of their deliveries`() async throws {
        try await test.seal()
        let receiver = ScriptedReceiver()
        #expect(try await test.deliver(to: receiver).delivered == 7)
        try await test.redact(subject)
        // The deliveries of the other four events, and of the redaction itself.
        #expect(try await test.deliveries().count == 5)
        #expect(try await test.faults().filter { $0.hasPrefix("references") } == [])
    }

    @Test func `events that were not sealed are deleted`() async throws {
        let gone = try await test.book.write { [subject] in
            try $0.redactEvents(about: subject, by: "evt_01h455vb4pex5vsknk084sn02q")
        }
        #expect(gone == 3)
        try await test.seal()
        #expect(try await test.findings() == [])
        #expect(try await test.verify().totals.entries == 4)
    }

    @Test func `several redactions each have their proof`() async throws {
        let other = try await test.addEvents(600)
        try await test.seal()
        try await test.redact(subject, sequence: 1)
        try await test.redact(other, sequence: 2)
        let (findings, totals) = try await test.verify()
        #expect(findings == [] && totals.redacted == 603)
    }

    @Test(arguments: [nil, "evt_01h455vb4pex5vsknk084sn02q"] as [String?])
    func `a redaction that was forged is found`(id: String?) async throws {
        try await test.seal()
        let real = try await test.redact(subject)
        #expect(try await test.findings() == [])
        // Under a new id, or under that of the existing redaction.
        let forged = id ?? real
        try test.tamper(
            """
            UPDATE audit_entries SET event_id = NULL, salt = NULL, redaction_id = '\(forged)'
            WHERE position = 1;
            DELETE FROM webhook_deliveries
            WHERE event_id = (SELECT id FROM events WHERE audit_position = 1);
            DELETE FROM events WHERE audit_position = 1;
            """)
        let findings = try await test.verify().findings
        #expect(findings.map(\.kind) == [.unprovenRedaction])
        #expect(findings.map(\.subject) == [forged])
    }

    @Test(arguments: [
        "DELETE FROM events WHERE id = 'ID'", "UPDATE events SET type = 'x.y' WHERE id = 'ID'",
        "UPDATE events SET body = replace(body, 'proof', 'proven') WHERE id = 'ID'",
        "UPDATE events SET body = body || ' ' WHERE id = 'ID'",
    ])
    func `a redaction without its event is found`(change: String) async throws {
        try await test.seal()
        let id = try await test.redact(subject)
        try test.tamper(change.replacing("ID", with: id))
        let findings = try await test.verify().findings
        #expect(findings.map(\.kind) == [.unprovenRedaction])
        #expect(findings.map(\.subject) == [id])
    }

    @Test func `an event moved to another's place does not hide that one is missing`() async throws
    {
        try await test.seal()
        try test.tamper(
            """
            UPDATE events SET audit_position = 1
            WHERE id = (SELECT event_id FROM audit_entries WHERE position = 3);
            """)
        try await test.redact(subject)
        let kinds = try await test.findings()
        #expect(kinds == [.removed])
        #expect(try await test.verify().totals.redacted == 2)
    }

    @Test func `a proof depends on the redaction, its entries and the key ring`() async throws {
        try await test.seal()
        let id = try await test.redact(subject)
        let other = try await TestBook()
        let nothing = try await test.book.read { try $0.redactionProof("evt_none") }
        let proof = try await test.book.read { try $0.redactionProof(id) }
        let elsewhere = try await other.book.read { try $0.redactionProof(id) }
        #expect(Set([nothing, proof, elsewhere]).count == 3)
    }
}
