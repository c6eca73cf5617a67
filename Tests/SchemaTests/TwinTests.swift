import Schema
import Testing

/// Both engines keep the same tables: whatever is said for one is said for the other, in its own
/// types.
@Suite struct TwinTests {
    @Test(arguments: Migration.all.map(\.version))
    func `both engines have the same tables and columns`(version: Int) throws {
        let (sqlite, postgres) = twins(version)
        #expect(sqlite.tables.map(\.name) == postgres.tables.map(\.name))
        for (own, twin) in zip(sqlite.tables, postgres.tables) {
            #expect(own.columns.map(\.name) == twin.columns.map(\.name), "\(own.name)")
        }
    }

    @Test(arguments: Migration.all.map(\.version))
    func `both engines say the same of each column`(version: Int) throws {
        let (sqlite, postgres) = twins(version)
        let types = ["INTEGER": "BIGINT", "TEXT": "TEXT", "BLOB": "BYTEA"]
        for (own, twin) in zip(sqlite.tables, postgres.tables) {
            for (column, other) in zip(own.columns, twin.columns) {
                let place = "\(own.name).\(column.name)"
                #expect(types[column.type] == other.type, "\(place)")
                let rules = other.rules.replacing("COLLATE \"C\" ", with: "")
                    .replacing("COLLATE \"C\"", with: "")
                #expect(column.rules == rules, "\(place)")
                #expect(
                    column.rules.contains("NOT NULL") == other.rules.contains("NOT NULL"),
                    "\(place)")
            }
        }
    }

    @Test(arguments: Migration.all.map(\.version))
    func `both engines have the same constraints and indexes`(version: Int) throws {
        let (sqlite, postgres) = twins(version)
        for word in ["CHECK", "UNIQUE", "REFERENCES", "PRIMARY KEY", "NOT NULL"] {
            #expect(sqlite.count(word) == postgres.count(word), "\(word)")
        }
        for (own, twin) in zip(sqlite.tables, postgres.tables) {
            #expect(own.constraints == twin.constraints, "\(own.name)")
        }
        #expect(sqlite.indexes == postgres.indexes)
    }

    @Test(arguments: Migration.all.map(\.version))
    func `a table of SQLite is strict and has a key that is never null`(version: Int) throws {
        for table in twins(version).sqlite.tables {
            let options = table.options.split(separator: ",").map { $0.trimmingPrefix(" ") }
            #expect(options.contains("STRICT"), "\(table.name)")
            let keys = table.columns.filter { $0.rules.contains("PRIMARY KEY") }
            // In SQLite a primary key may be null unless it is said.
            #expect(keys.count == 1 && keys[0].rules.hasPrefix("NOT NULL"), "\(table.name)")
        }
    }

    @Test(arguments: Migration.all.map(\.version))
    func `text of PostgreSQL is ordered by its bytes, as in SQLite`(version: Int) throws {
        for table in twins(version).postgres.tables {
            #expect(table.options.isEmpty, "\(table.name)")
            for column in table.columns where column.type == "TEXT" {
                #expect(
                    column.rules.hasPrefix("COLLATE \"C\""), "\(table.name).\(column.name)")
            }
        }
    }

    @Test func `no table or index is made twice`() {
        let schemas = Migration.all.map { SchemaText($0.sql(for: .sqlite)) }
        let tables = schemas.flatMap(\.tables).map(\.name)
        #expect(Set(tables).count == tables.count)
        let indexes = schemas.flatMap(\.indexes).map { statement in
            statement.split(separator: " ").drop { $0 != "INDEX" }.dropFirst().first
        }
        #expect(Set(indexes).count == indexes.count)
    }

    @Test func `a reader of schemas sees what is written`() throws {
        let schema = SchemaText(
            """
            -- A comment.
            CREATE TABLE a (
                id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 30),
                b INTEGER,
                UNIQUE (id, b),
                CHECK (b IN (1, 2))
            ) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX a_b ON a (b);
            DROP TABLE c;
            """)
        let table = try #require(schema.tables.first)
        #expect(table.name == "a")
        #expect(table.options == "STRICT, WITHOUT ROWID")
        #expect(table.columns.map(\.name) == ["id", "b"])
        #expect(table.columns.map(\.type) == ["TEXT", "INTEGER"])
        #expect(table.columns[0].rules == "NOT NULL PRIMARY KEY CHECK (length(id) = 30)")
        #expect(table.constraints == ["UNIQUE (id, b)", "CHECK (b IN (1, 2))"])
        #expect(schema.indexes == ["CREATE UNIQUE INDEX a_b ON a (b)"])
        #expect(schema.others == ["DROP TABLE c"])
        #expect(schema.count("CHECK") == 2)
    }

    private func twins(_ version: Int) -> (sqlite: SchemaText, postgres: SchemaText) {
        let migration = Migration.all[version - 1]
        return (
            SchemaText(migration.sql(for: .sqlite)), SchemaText(migration.sql(for: .postgres))
        )
    }
}
