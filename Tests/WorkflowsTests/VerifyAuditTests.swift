import Pledging
import Store
import TestSupport
import Testing
import Workflows

private let strange = "evt_01h455vb4pex5vsknk084sn02q"

@Suite struct VerifyAuditTests {
    /// Two batches of sealed events, four each, and one event that waits.
    private func sealedBook() async throws -> TestBook {
        let test = try await TestBook()
        for _ in 0..<2 {
            try await test.addEvents(4)
            test.now = test.now.adding(hours: 3)
            try await test.seal()
        }
        try await test.addEvents(1)
        return test
    }

    @Test func `a sound trail has no finding, and its totals`() async throws {
        let test = try await sealedBook()
        let (findings, totals) = try await test.verify(test.keepHead())
        #expect(findings == [])
        #expect(totals.findings == 0 && totals.entries == 8 && totals.redacted == 0)
        #expect(totals.unsealed == 1 && totals.position == 8)
        #expect(totals.head == (try await BrowseBook.auditHead(in: test.context()).head))
    }

    @Test func `a book without a trail is sound`() async throws {
        let test = try await TestBook()
        try await test.addEvents(3)
        let (findings, totals) = try await test.verify()
        #expect(findings == [] && totals.entries == 0 && totals.unsealed == 3)
    }

    // MARK: Events

    @Test(arguments: [
        "type = 'supporter.erased'", "subject_id = 'sup_01h455vb4pex5vsknk084sn02q'",
        "sequence = sequence + 100", "at = at + 1", "actor = 'job:other'",
        "body = replace(body, '1', '2')", "body = body || ' '",
    ])
    func `an event of which anything was changed is named`(change: String) async throws {
        let test = try await sealedBook()
        let id = try await test.events()[2].id
        try test.tamper("UPDATE events SET \(change) WHERE audit_position = 3")
        let findings = try await test.verify().findings
        #expect(findings.map(\.kind) == [.changed])
        #expect(findings.map(\.subject) == [id])
    }

    @Test func `the name of who acted is sealed by itself`() async throws {
        let test = try await sealedBook()
        try test.tamper("UPDATE events SET sealed = x'00'")
        #expect(try await test.findings() == [])
    }

    @Test func `an event that was deleted is named`() async throws {
        let test = try await sealedBook()
        let id = try await test.events()[4].id
        try test.tamper("DELETE FROM events WHERE audit_position = 5")
        let findings = try await test.verify().findings
        #expect(findings.map(\.kind) == [.removed])
        #expect(findings.map(\.subject) == [id])
    }

    @Test(arguments: ["99", "3", "NULL"])
    func `an inserted event is named`(position: String) async throws {
        let test = try await sealedBook()
        try test.tamper(
            """
            INSERT INTO events (id, type, subject_id, sequence, at, actor, body, audit_position)
            SELECT '\(strange)', type, subject_id, 100, at, actor, body, \(position) FROM events
            WHERE audit_position = 3
            """)
        let findings = try await test.verify().findings
        #expect(findings.map(\.kind) == [.inserted])
        #expect(findings.map(\.subject) == [strange])
    }

    @Test(arguments: [(0, false), (59, false), (61, true)] as [(Int64, Bool)])
    func `an event that is not sealed may be an hour late`(
        minutes: Int64, isFound: Bool
    ) async throws {
        let test = try await TestBook()
        try await test.addEvents(1)
        try await test.seal()
        test.now = test.now.adding(seconds: -minutes * 60)
        try await test.addEvents(1)
        #expect(try await test.findings().contains(.inserted) == isFound)
        #expect(try await test.verify().totals.unsealed == 1)
    }

    @Test func `events that wait behind a full batch are not late`() async throws {
        let test = try await TestBook()
        try await test.addEvents(501)
        test.now = test.now.adding(hours: 5)
        try await test.seal()
        // As if the run had been killed after its first batch.
        try test.tamper(
            """
            DELETE FROM audit_seals WHERE position = 501;
            DELETE FROM audit_entries WHERE position = 501;
            UPDATE events SET audit_position = NULL WHERE audit_position = 501;
            """)
        #expect(try await test.findings() == [])
        #expect(try await test.seal().sealed == 1)
        #expect(try await test.findings() == [])
    }

    @Test func `a row whose position was changed is found`() async throws {
        let test = try await sealedBook()
        try test.tamper("UPDATE events SET audit_position = NULL WHERE audit_position = 3")
        #expect(try await test.findings() == [.changed, .inserted])
    }

    // MARK: The chain

    @Test(arguments: [
        "UPDATE audit_seals SET head = zeroblob(32) WHERE position = 4",
        "UPDATE audit_seals SET position = 5 WHERE position = 4",
        "UPDATE audit_seals SET position = 9 WHERE position = 8",
        "DELETE FROM audit_seals WHERE position = 8",
        "DELETE FROM audit_seals",
        "INSERT INTO audit_seals SELECT 99, head, at FROM audit_seals WHERE position = 4",
    ])
    func `seals that do not fit the entries are found`(change: String) async throws {
        let test = try await sealedBook()
        try test.tamper(change)
        #expect(try await test.findings() == [.brokenChain])
    }

    @Test func `an entry that is missing is found, and its event`() async throws {
        let test = try await sealedBook()
        try test.tamper("DELETE FROM audit_entries WHERE position = 2")
        #expect(try await test.findings() == [.brokenChain, .inserted])
    }

    @Test func `an event deleted with its entry and a later one breaks the chain`() async throws {
        let test = try await sealedBook()
        try test.tamper(
            """
            DELETE FROM events WHERE audit_position = 2;
            DELETE FROM audit_entries WHERE position = 2;
            """)
        #expect(try await test.findings() == [.brokenChain])
    }

    @Test func `an entry that was changed breaks the chain at the next seal alone`() async throws {
        let test = try await sealedBook()
        let id = try await test.events()[1].id
        try test.tamper("UPDATE audit_entries SET digest = zeroblob(32) WHERE position = 2")
        let findings = try await test.verify().findings
        #expect(findings.map(\.kind) == [.changed, .brokenChain])
        #expect(findings.map(\.subject) == [id, "4"])
    }

    // MARK: Kept heads

    @Test func `a chain that was made anew is found by a head that was kept`() async throws {
        let test = try await sealedBook()
        let kept = try await test.keepHead()
        try test.tamper(
            """
            DELETE FROM audit_seals;
            DELETE FROM audit_entries;
            UPDATE events SET audit_position = NULL, actor = 'job:other';
            """)
        try await test.seal()
        #expect(try await test.findings() == [])
        #expect(try await test.findings(kept) == [.headMismatch])
    }

    @Test func `a chain that was cut is found by a head that was kept`() async throws {
        let test = try await sealedBook()
        let kept = try await test.keepHead()
        try test.tamper(
            """
            DELETE FROM audit_seals WHERE position > 4;
            DELETE FROM events WHERE audit_position > 4;
            DELETE FROM audit_entries WHERE position > 4;
            """)
        #expect(try await test.findings() == [])
        #expect(try await test.findings(kept) == [.headMismatch])
    }

    @Test func `an older head fits the chain that went on`() async throws {
        let test = try await sealedBook()
        let kept = try await test.keepHead()
        try await test.seal()
        #expect(try await test.findings(kept) == [])
    }

    @Test(arguments: [
        "", "7", "7:", ":ab", "0:\(String(repeating: "0", count: 64))",
        "1:\(String(repeating: "0", count: 63))", "1:\(String(repeating: "0", count: 66))",
        "1:\(String(repeating: "g", count: 64))", "1:2:\(String(repeating: "0", count: 64))",
    ])
    func `a malformed head is refused`(text: String) async {
        let message = await expectRefusal(.invalid, field: .head) {
            try VerifyAudit.KeptHead(text)
        }
        #expect(message.contains("POSITION:HEX"))
    }
}
