import Foundation
import Schema
import Testing

@Suite struct MigrationTests {
    @Test func `migrations are numbered without gaps`() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
        #expect(Migration.newest == Migration.all.count)
    }

    @Test func `each migration has a name of its own`() {
        #expect(Set(Migration.all.map(\.name)).count == Migration.all.count)
    }

    @Test(arguments: Migration.all.map(\.version))
    func `each migration is written for both engines`(version: Int) throws {
        let migration = Migration.all[version - 1]
        for engine in [Engine.sqlite, .postgres] {
            let schema = SchemaText(migration.sql(for: engine))
            #expect(!schema.tables.isEmpty)
            // Nothing but tables and indexes: data is the program's affair.
            #expect(schema.others.isEmpty)
        }
        #expect(migration.sql(for: .sqlite) != migration.sql(for: .postgres))
    }

    @Test func `every file of the folder is a migration of the list`() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Schema")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".sql") }
        #expect(files.count == Migration.all.count * 2)
        for migration in Migration.all {
            let digits = String(migration.version)
            let number = String(repeating: "0", count: 3 - digits.count) + digits
            for (engine, suffix) in [(Engine.sqlite, "sqlite"), (.postgres, "postgres")] {
                let file = "m\(number)_\(migration.name).\(suffix).sql"
                let written = try String(
                    contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
                #expect(migration.sql(for: engine) == written)
            }
        }
    }
}
