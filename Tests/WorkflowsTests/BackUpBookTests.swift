import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A backup of a test's book, and what it contains.
@Suite struct BackUpBookTests {
    @Test func `a backup counts what the book held, and is sound`() async throws {
        let test = try await TestBook.furnished()
        let (copy, content) = try await test.backedUp()
        #expect(content.schema == Migration.newest && content.createdAt == test.now)
        #expect(
            content.rows == [
                .supporters: 2, .pledges: 2, .paymentMethods: 2, .reminders: 0, .events: 6,
                .mailMessages: 0, .charges: 0,
            ])
        let facts = try test.facts(of: content)
        #expect(try await test.unsound(copy, facts).isEmpty)
        #expect(try await !RestoreBook.run(copy, from: facts).needsMigration)
        let json = facts.json("file", "x")
        #expect(json["file"] == "x" && json["supporters"] == .integer(2))
        #expect(json["payment_methods"] == .integer(2) && json["schema"] != nil)
    }
}
