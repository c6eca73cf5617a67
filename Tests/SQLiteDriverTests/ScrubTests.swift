import Foundation
import OpenSSL
import SQLiteDriver
import Store
import TestSupport
import Testing

/// What is left in a file after rows are deleted, searched byte by byte.
@Suite struct ScrubTests {
    /// Inserts rows whose keys come in random order, so that pages split and copies of cells may
    /// stay behind.
    private func filled(_ path: String) async throws -> (database: SQLiteDatabase, rows: [[UInt8]])
    {
        let database = try SQLiteDatabase(creating: path, bookTag: 1)
        let rows = try (0..<600).map { _ in try randomBytes(250) }
        try await database.transaction(.write) { connection in
            try connection.script(
                "CREATE TABLE things (key BLOB NOT NULL PRIMARY KEY, body BLOB) WITHOUT ROWID")
        }
        for row in rows {
            try await database.transaction(.write) { connection in
                _ = try connection.run(
                    "INSERT INTO things (key, body) VALUES ($1, $2)",
                    [[.blob(Array(row.prefix(18))), .blob(row)]])
            }
        }
        return (database, rows)
    }

    private func found(_ rows: some Sequence<[UInt8]>, in path: String) throws -> Int {
        let files = try ["", "-wal"].map { try Data(contentsOf: URL(fileURLWithPath: path + $0)) }
        return rows.count { row in
            files.contains { $0.range(of: Data(row.dropFirst(18).prefix(64))) != nil }
        }
    }

    @Test func `no byte of a deleted row is left, and every other row is whole`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("scrubbed.db")
        let (database, rows) = try await filled(path)
        let (gone, kept) = (rows.prefix(200), rows.dropFirst(200))
        try await database.transaction(.write) { connection in
            _ = try connection.run(
                "DELETE FROM things WHERE key = $1", gone.map { [.blob(Array($0.prefix(18)))] })
        }
        #expect(try await database.purgeLog())
        #expect(try found(gone, in: path) == 0)
        #expect(try found(kept, in: path) == kept.count)
        // Later writes bring nothing back.
        try await database.transaction(.write) { connection in
            _ = try connection.run(
                "UPDATE things SET body = $1 WHERE key = $2",
                kept.map { [.blob($0.reversed()), .blob(Array($0.prefix(18)))] })
        }
        #expect(try await database.purgeLog())
        #expect(try found(rows, in: path) == 0)
        let left = try await database.transaction(.read) { connection in
            try connection.run("SELECT body FROM things").map { try $0.blob(0) }
        }
        #expect(Set(left) == Set(kept.map { $0.reversed() }))
        #expect(try await database.inspect().allSatisfy(\.isSound))
    }

    @Test func `others may write and read meanwhile`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("busy.db")
        let (database, rows) = try await filled(path)
        let other = try SQLiteDatabase(opening: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for row in rows {
                    try await other.transaction(.write) { connection in
                        _ = try connection.run(
                            "UPDATE things SET body = $1 WHERE key = $2",
                            [[.blob(row.reversed()), .blob(Array(row.prefix(18)))]])
                    }
                }
            }
            group.addTask {
                for _ in 0..<20 { _ = try await database.purgeLog() }
            }
            try await group.waitForAll()
        }
        try other.close()
        #expect(try await database.purgeLog())
        #expect(try found(rows, in: path) == 0)
        let left = try await database.transaction(.read) { connection in
            try connection.run("SELECT body FROM things").map { try $0.blob(0) }
        }
        #expect(Set(left) == Set(rows.map { $0.reversed() }))
        #expect(try await database.inspect().allSatisfy(\.isSound))
    }
}
