import Foundation
import SQLiteDriver
import Store
import TestSupport
import Testing

@Suite struct DurabilityTests {
    @Test func `an inspection finds every setting in effect`() async throws {
        let found = try await TestBook().database.inspect()
        #expect(found.first { $0.name == "synchronous" }?.detail == "2")
        #expect(found.allSatisfy { $0.isSound })
        #expect(
            Set(found.map(\.name)).isSuperset(of: [
                "journal_mode", "foreign_keys", "secure_delete", "integrity", "references",
            ]))
    }

    /// The settings of the writing connection. synchronous 2 is FULL (SQLite, "PRAGMA
    /// synchronous").
    @Test(arguments: [
        ("synchronous", "2"), ("foreign_keys", "1"), ("secure_delete", "1"),
        ("journal_mode", "wal"),
    ])
    func `the writer keeps to its settings when a file is made and when it is opened again`(
        pragma: String, value: String
    ) async throws {
        let notes = try await Notes()
        #expect(try await setting(pragma, of: notes.database) == value)
        try notes.database.close()
        for execution in [SQLiteDatabase.Execution.concurrent, .inline] {
            let again = try SQLiteDatabase(opening: notes.path, execution: execution)
            #expect(try await setting(pragma, of: again) == value)
            let found = try await again.inspect().first { $0.name == pragma }
            #expect(found?.detail == value)
            #expect(found?.isSound == true)
            try again.close()
        }
    }

    @Test func `a row that refers to nothing is refused`() async throws {
        let notes = try await Notes()
        let error = await #expect(throws: DriverError.self) {
            try await notes.database.transaction(.write) { connection in
                _ = try connection.run("INSERT INTO replies (note) VALUES ($1)", "nowhere")
            }
        }
        guard case .constraint = error else {
            Issue.record("refused by something else: \(String(describing: error))")
            return
        }
    }

    @Test func `what is deleted is gone from the file`() async throws {
        let notes = try await Notes()
        let marker = "a person who asked to be forgotten"
        try await notes.add(marker)
        try notes.database.close()
        #expect(try bytes(notes.path).contains(Array(marker.utf8)))

        let again = try SQLiteDatabase(opening: notes.path)
        try await again.transaction(.write) { connection in
            _ = try connection.run("DELETE FROM notes")
        }
        try again.close()
        #expect(!(try bytes(notes.path).contains(Array(marker.utf8))))
        #expect(try notes.files() == ["notes.db"])
    }

    @Test func `closing leaves one file that holds everything`() async throws {
        let notes = try await Notes()
        try await notes.add("kept")
        try notes.database.close()
        #expect(try notes.files() == ["notes.db"])
        #expect(try await notes.seenFromOutside() == ["kept"])
    }

    @Test func `every kind of value comes back as it went in`() async throws {
        let notes = try await Notes()
        let values: [Value] = [
            .null, .integer(.min), .integer(.max), .text(""), .text("a\0b"), .text("é😀"),
            .blob([]), .blob([0, 255]),
        ]
        let found = try await notes.database.transaction(.write) { connection in
            try connection.script("CREATE TABLE anything (id INTEGER, value ANY) STRICT")
            _ = try connection.run(
                "INSERT INTO anything (id, value) VALUES ($1, $2)",
                values.enumerated().map { [Value($0), $1] })
            return try connection.run(
                "SELECT id FROM anything WHERE value IS $1", values.map { [$0] }
            ).map { try $0.integer(0) }
        }
        #expect(found == (0..<8).map { Int64($0) })
    }

    private func setting(_ pragma: String, of database: SQLiteDatabase) async throws -> String {
        try await database.transaction(.write) { connection in
            let row = try #require(try connection.run(Statement("PRAGMA \(pragma)")).first)
            return try (try? row.text(0)) ?? String(row.integer(0))
        }
    }

    private func bytes(_ path: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path))
    }
}

extension Notes {
    /// The names of the files in the folder.
    func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
}

extension Data {
    fileprivate func contains(_ needle: [UInt8]) -> Bool { firstRange(of: needle) != nil }
}
