import Foundation
import Testing

/// A copy of the book, made with any tool, beside the same ring.
@Suite struct HoldSessionTests {
    @Test func `an older copy runs no job until it is released, and the erased stay erased`() throws
    {
        let site = try Site.withBook()
        _ = try site.importActivePledge("dora@example.org")
        let id = try #require(try site.answer("supporter show dora@example.org")["id"])
        try FileManager.default.copyItem(
            atPath: site.database, toPath: site.file("copy.db"))
        try site.succeed("supporter erase \(id) --yes")
        try site.succeed("run reminders")

        let copy = "--database \(site.file("copy.db"))"
        let ring = ["MAINSTAY_KEYS": site.ring]
        for job in ["reminders", "mail", "billing", "webhooks"] {
            let refused = try site.run("\(copy) run \(job)", environment: ring)
            #expect(refused.code == 77 && refused.complainsInOneLine, "\(refused.complaint)")
            #expect(refused.complaint.contains("mainstay release"))
        }
        #expect(try site.run("\(copy) doctor", environment: ring).code == 1)
        let unasked = try site.run("\(copy) release", environment: ring)
        #expect(unasked.code == 65 && unasked.complaint.contains("--yes"))
        let released = try site.run("\(copy) --json release --yes", environment: ring)
        #expect(released.code == 0 && released.text.contains("\"erased\":1"))
        #expect(
            try site.run("\(copy) supporter show dora@example.org", environment: ring).code == 65)
        #expect(try site.run("\(copy) run reminders", environment: ring).code == 0)
        // Only one copy is the current book: now the first one is the older copy.
        #expect(try site.run("run reminders").code == 77)
        #expect(try site.run("\(copy) release --yes", environment: ring).code == 1)
    }
}
