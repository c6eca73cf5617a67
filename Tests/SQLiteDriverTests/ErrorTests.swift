import Dispatch
import SQLiteDriver
import Store
import TestSupport
import Testing

@Suite struct ErrorTests {
    @Test func `a database that another process keeps locked is busy, not broken`() async throws {
        let notes = try await Notes()
        let other = try SQLiteDatabase(opening: notes.path)
        let held = Log()
        let gate = DispatchSemaphore(value: 0)
        let holder = Task {
            try await other.transaction(.write) { connection in
                _ = try connection.run(insertNote, "theirs", .null)
                held.add("held")
                gate.wait()
            }
        }
        try await eventually("the other one holds the lock") { !held.all.isEmpty }
        await #expect(throws: DriverError.busy) { try await notes.add("ours") }
        gate.signal()
        try await holder.value
        try await notes.add("ours")
        #expect(try await notes.seenFromOutside() == ["ours", "theirs"])
    }

    @Test(arguments: [
        // UNIQUE, two CHECKs, a type that a STRICT table refuses, and a foreign key.
        Statement("INSERT INTO notes (note) VALUES ($1)"),
        "INSERT INTO marked (a) VALUES ($1)",
        "INSERT INTO marked (b) VALUES ($1)",
        "INSERT INTO marked (c) VALUES ($1)",
        "INSERT INTO replies (note) VALUES ($1)",
    ])
    func `an error names the constraint and never a value`(statement: Statement) async throws {
        let notes = try await Notes()
        let marker = "reader@example.org"
        // The value is there already for UNIQUE, and is missing for the foreign key.
        try await notes.add(statement.sql.contains("replies") ? "another" : marker)
        try await notes.database.transaction(.write) { connection in
            try connection.script(
                """
                CREATE TABLE marked (
                    a TEXT CHECK (length(a) < 3), b TEXT, c INTEGER, d TEXT DEFAULT 'x' NOT NULL,
                    CHECK (b IS NULL OR b = 'x')
                ) STRICT
                """)
        }
        let error = await #expect(throws: DriverError.self) {
            try await notes.database.transaction(.write) { connection in
                _ = try connection.run(statement, .text(marker))
            }
        }
        guard case .constraint = error else {
            Issue.record("not refused by a constraint: \(String(describing: error))")
            return
        }
        let told = "\(String(describing: error)) \(String(reflecting: error))"
        #expect(!told.contains("reader"))
        #expect(error?.description.contains("refused the change") == true)
    }

    @Test func `a statement with too few parameters is an error of ours`() async throws {
        let notes = try await Notes()
        let expected = DriverError.other(
            "a statement takes another number of parameters than the 1 given")
        await #expect(throws: expected) {
            try await notes.database.transaction(.write) { connection in
                _ = try connection.run(insertNote, .text("alone"))
            }
        }
    }

    @Test(arguments: [
        (DriverError.busy, true), (.diskFull, true), (.inputOutput("x"), true), (.readOnly, true),
        (.notADatabase("x"), true), (.constraint("x"), false), (.other("x"), false),
    ])
    func `what breaks the whole transaction is told from what breaks a statement`(
        error: DriverError, ends: Bool
    ) {
        #expect(error.endsTransaction == ends)
        #expect(!error.description.isEmpty)
    }
}
