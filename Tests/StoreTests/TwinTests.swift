import Store
import Testing

/// Both engines have the same tables: every rule of one is a rule of the other, in its own types.
@Suite struct TwinTests {
    @Test(arguments: 1...Migration.newest)
    func `both engines have the same tables and columns`(version: Int) throws {
        let (sqlite, postgres) = twins(version)
        #expect(sqlite.tables.map(\.name) == postgres.tables.map(\.name))
        for (own, twin) in zip(sqlite.tables, postgres.tables) {
            #expect(own.columns.map(\.name) == twin.columns.map(\.name), "\(own.name)")
        }
    }

    @Test(arguments: 1...Migration.newest)
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

    @Test(arguments: 1...Migration.newest)
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

    @Test(arguments: 1...Migration.newest)
    func `a table of SQLite is strict and has a key that is never null`(version: Int) throws {
        for table in twins(version).sqlite.tables {
            let options = table.options.split(separator: ",").map { $0.trimmingPrefix(" ") }
            #expect(options.contains("STRICT"), "\(table.name)")
            let keys = table.key
            // In SQLite a primary key may be NULL unless it says NOT NULL.
            #expect(!keys.isEmpty, "\(table.name)")
            #expect(keys.allSatisfy { $0.rules.hasPrefix("NOT NULL") }, "\(table.name)")
        }
    }

    @Test(arguments: 1...Migration.newest)
    func `text of PostgreSQL is ordered by its bytes, as in SQLite`(version: Int) throws {
        for table in twins(version).postgres.tables {
            #expect(table.options.isEmpty, "\(table.name)")
            for column in table.columns where column.type == "TEXT" {
                #expect(
                    column.rules.hasPrefix("COLLATE \"C\""), "\(table.name).\(column.name)")
            }
        }
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
            DELETE FROM c;
            """)
        let table = try #require(schema.tables.first)
        #expect(table.name == "a")
        #expect(table.options == "STRICT, WITHOUT ROWID")
        #expect(table.columns.map(\.name) == ["id", "b"])
        #expect(table.columns.map(\.type) == ["TEXT", "INTEGER"])
        #expect(table.columns[0].rules == "NOT NULL PRIMARY KEY CHECK (length(id) = 30)")
        #expect(table.constraints == ["UNIQUE (id, b)", "CHECK (b IN (1, 2))"])
        #expect(schema.indexes == ["CREATE UNIQUE INDEX a_b ON a (b)"])
        #expect(schema.others == ["DELETE FROM c"])
        #expect(schema.count("CHECK") == 2)
    }

    @Test func `a table that is made anew takes the place and the references of the one before`() {
        let before = "CREATE TABLE a (b TEXT, c TEXT); CREATE INDEX a_b ON a (b);"
        let rebuild = """
            CREATE TABLE new_a (b TEXT, c TEXT NOT NULL REFERENCES new_a (b));
            INSERT INTO new_a SELECT * FROM a;
            DROP TABLE a;
            ALTER TABLE new_a RENAME TO a;
            """
        let schema = SchemaText(before, rebuild)
        #expect(schema.others.isEmpty && schema.indexes.isEmpty)
        #expect(schema.tables.map(\.name) == ["a"])
        #expect(schema.tables[0].columns[1].rules == "NOT NULL REFERENCES a (b)")
        let swapped = rebuild.replacing("(b TEXT, c", with: "(c TEXT, b")
        #expect(SchemaText(before, swapped).others == ["INSERT INTO new_a SELECT * FROM a"])
    }

    @Test func `a column that is added stands at the end of its table`() {
        let before = "CREATE TABLE a (b TEXT); CREATE INDEX a_b ON a (b);"
        let schema = SchemaText(before, "ALTER TABLE a ADD COLUMN c TEXT COLLATE \"C\" NOT NULL;")
        #expect(schema.others.isEmpty && schema.indexes.count == 1)
        #expect(schema.tables[0].columns.map(\.name) == ["b", "c"])
        #expect(schema.tables[0].columns[1].type == "TEXT")
        #expect(schema.tables[0].columns[1].rules == "COLLATE \"C\" NOT NULL")
        for wrong in ["ALTER TABLE a ADD COLUMN b TEXT", "ALTER TABLE z ADD COLUMN c TEXT"] {
            #expect(SchemaText(before, wrong).others == [wrong])
        }
    }

    /// Both schemas as they stand after the migrations up to `version`.
    private func twins(_ version: Int) -> (sqlite: SchemaText, postgres: SchemaText) {
        let migrations = Migration.all.prefix(version)
        return (
            SchemaText(migrations.map { $0.sql(for: .sqlite) }),
            SchemaText(migrations.map { $0.sql(for: .postgres) })
        )
    }
}

extension SchemaText.Table {
    /// The columns of the primary key, declared at the column or for the table.
    fileprivate var key: [SchemaText.Column] {
        let named = constraints.compactMap { $0.firstMatch(of: #/PRIMARY KEY \((.*)\)/#)?.1 }
            .flatMap { $0.split(separator: ", ") }
        return columns.filter {
            $0.rules.contains("PRIMARY KEY") || named.contains(Substring($0.name))
        }
    }
}
