import SQLiteDriver
import Store
import Synchronization
import TestSupport
import Testing

/// A file with one table of notes, which are unique.
struct Notes: Sendable {
    let folder: TemporaryFolder
    let path: String
    let database: SQLiteDatabase

    init() async throws {
        folder = try TemporaryFolder()
        path = folder.file("notes.db")
        database = try SQLiteDatabase(creating: path, bookTag: 7)
        try await database.transaction(.write) { connection in
            try connection.script(
                """
                CREATE TABLE notes (note TEXT NOT NULL UNIQUE CHECK (note <> ''), body BLOB) STRICT;
                CREATE TABLE replies (note TEXT NOT NULL REFERENCES notes (note)) STRICT;
                """)
        }
    }

    func add(_ note: String) async throws { try await add(note, body: []) }

    func add(_ note: String, body: [UInt8]) async throws {
        try await database.transaction(.write) { connection in
            _ = try connection.run(insertNote, .text(note), .blob(body))
        }
    }

    /// The notes that another connection sees.
    func seenFromOutside() async throws -> [String] {
        // Never closed explicitly: that would wait for a write that is held.
        let other = try SQLiteDatabase(opening: path)
        return try await other.transaction(.read) { try SQLiteDriverTests.notes(in: $0) }
    }
}

let insertNote: Statement = "INSERT INTO notes (note, body) VALUES ($1, $2)"

func notes(in connection: any Connection) throws -> [String] {
    try connection.run("SELECT note FROM notes ORDER BY note").map { try $0.text(0) }
}

/// Waits until a condition holds; records an issue if it never does.
func eventually(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    for _ in 0..<5_000 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record(what, sourceLocation: sourceLocation)
}

/// A list that several threads add to.
final class Log: Sendable {
    private let entries = Mutex<[String]>([])
    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
    var all: [String] { entries.withLock { $0 } }
}
