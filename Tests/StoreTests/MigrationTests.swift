import Foundation
import Store
import Testing

@Suite struct MigrationTests {
    @Test func `migrations are numbered without gaps`() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
        #expect(Migration.newest == Migration.all.count)
    }

    @Test func `each migration has a name of its own`() {
        #expect(Set(Migration.all.map(\.name)).count == Migration.all.count)
    }

    @Test(arguments: [Engine.sqlite, .postgres])
    func `migrations make tables and indexes, copy whole tables, and nothing else`(
        engine: Engine
    ) throws {
        let texts = Migration.all.map { $0.sql(for: engine) }
        let schema = SchemaText(texts)
        #expect(schema.others.isEmpty)
        #expect(schema.tables.allSatisfy { !$0.name.hasPrefix("new_") })
        #expect(Set(schema.tables.map(\.name)).count == schema.tables.count)
        let indexes = schema.indexes.map { statement in
            statement.split(separator: " ").drop { $0 != "INDEX" }.dropFirst().first
        }
        #expect(Set(indexes).count == indexes.count)
    }

    @Test func `each migration is written for both engines`() {
        for migration in Migration.all {
            let texts = [Engine.sqlite, .postgres].map { migration.sql(for: $0) }
            let makesTables = texts.map { $0.contains(" TABLE ") }
            #expect(texts.allSatisfy { $0.contains(" TABLE ") || $0.contains(" INDEX ") })
            // Types have other names; an index reads the same.
            #expect(makesTables == [texts[0] != texts[1], texts[0] != texts[1]])
        }
    }

    @Test func `no list of a check or an index is longer than two`() {
        // SQLite would build a table of the list for every row that is written.
        let schema = SchemaText(Migration.all.map { $0.sql(for: .sqlite) })
        let rules =
            schema.tables.flatMap { $0.columns.map(\.rules) + $0.constraints } + schema.indexes
        let lists = rules.flatMap { $0.matches(of: #/IN \(([^)]*)\)/#).map { $0.1 } }
        #expect(!lists.isEmpty)
        #expect(lists.allSatisfy { $0.split(separator: ",").count <= 2 })
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
