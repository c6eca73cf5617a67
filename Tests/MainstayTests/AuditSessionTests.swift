import Foundation
import Testing

/// The audit trail as an operator uses it: seal, keep the head elsewhere, verify.
@Suite struct AuditSessionTests {
    @Test func `events are sealed, the head is kept, and the trail verifies`() throws {
        let site = try Site.withBook()
        try site.succeed("supporter add --email one@example.org")
        #expect(try site.answer("run seal --dry-run").number("waiting") == 1)
        let sealed = try site.answer("run seal")
        #expect(sealed.number("sealed") == 1 && sealed.number("position") == 1)
        let head = try site.answer("audit head")
        #expect(head.number("position") == 1 && head["head"] == sealed["head"])
        #expect(head["sealed_at"] != nil)
        try site.succeed("supporter add --email two@example.org")
        let kept = "1:\(try #require(head["head"]))"
        let totals = try site.answer("audit verify --head \(kept)")
        #expect(totals.number("entries") == 1 && totals.number("unsealed") == 1)
        #expect(try site.answer("run seal").number("position") == 2)
        #expect(try site.succeed("audit verify --head \(kept)").text.contains("entries"))
        try site.succeed("doctor")
    }

    @Test func `before anything is sealed, the head says what to do`() throws {
        let site = try Site.withBook()
        let ending = try site.run("audit head")
        #expect(ending.code == 1 && ending.complainsInOneLine)
        #expect(ending.complaint.contains("nothing is sealed yet; run 'mainstay run seal'"))
        #expect(try site.answer("audit verify").number("entries") == 0)
    }

    @Test func `what was changed is listed, and the exit code says so`() throws {
        let site = try Site.withBook()
        try site.succeed("supporter add --email one@example.org")
        try site.succeed("run seal")
        let id = try #require(try site.query("SELECT id FROM events").first?.first)
        _ = try site.query("UPDATE events SET actor = 'reader'")
        let ending = try site.run("--json audit verify")
        #expect(ending.code == 1)
        #expect(ending.complaint == "error: 1 finding(s) in the audit trail\n")
        let finding = try Answer(try #require(ending.lines.first))
        #expect(finding["kind"] == "changed" && finding["subject"] == id)
        #expect(try site.run("audit verify").text.contains("changed"))
    }

    @Test func `a head of another chain is a finding`() throws {
        let site = try Site.withBook()
        try site.succeed("supporter add --email one@example.org")
        try site.succeed("run seal")
        let strange = String(repeating: "ab", count: 32)
        for position in [1, 2] {
            let ending = try site.run("--json audit verify --head \(position):\(strange)")
            #expect(ending.code == 1)
            let finding = try Answer(try #require(ending.lines.first))
            #expect(finding["kind"] == "headMismatch")
            #expect(finding["subject"] == String(position))
        }
    }
}
