import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RestoreBookTests {
    @Test func `an older book is backed up, verified and restored as it is`() async throws {
        let test = try await TestBook.furnished(schema: Migration.newest - 1)
        let (copy, content) = try await test.backedUp()
        #expect(content.schema == Migration.newest - 1)
        let facts = try test.facts(of: content)
        let checks = try await VerifyBackup.run(copy, against: facts)
        #expect(checks.allSatisfy { $0.isSound })
        #expect(checks.first { $0.name == "schema" }?.detail.contains("migrate") == true)
        #expect(checks.contains { $0.name == "invariants" })
        #expect(try await RestoreBook.run(copy, from: facts).needsMigration)
    }

    @Test func `a newer book is left alone at either end`() async throws {
        let test = try await TestBook.furnished()
        let (copy, content) = try await test.backedUp()
        let facts = try test.facts(of: content)
        try await copy.driver.transaction(.write) {
            _ = try $0.run("INSERT INTO schema_versions VALUES (99, 'later', 0)")
        }
        await expectRefusal(.conflict) { try await VerifyBackup.run(copy, against: facts) }
        await expectRefusal(.conflict) { try await RestoreBook.run(copy, from: facts) }
        await expectRefusal(.conflict) {
            try await BackUpBook.run(copy, to: test.folder.file("second.db")) { _, _ in }
        }
    }
}
