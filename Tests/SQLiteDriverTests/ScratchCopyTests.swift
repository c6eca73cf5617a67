import Foundation
import SQLiteDriver
import Store
import TestSupport
import Testing

/// A dry run works on a copy of its own, which leaves nothing behind.
@Suite struct ScratchCopyTests {
    @Test(arguments: [SQLiteDatabase.Execution.concurrent, .inline])
    func `book and scratch copy are both written, and neither sees the other's`(
        execution: SQLiteDatabase.Execution
    ) async throws {
        let notes = try await Notes()
        try await notes.add("one")
        try notes.database.close()
        let book = try SQLiteDatabase(opening: notes.path, execution: execution)
        let onCopy = try await book.onScratchCopy { copy in
            try await add("dry", to: copy)
            try await add("real", to: book)
            return try await copy.transaction(.read) { try SQLiteDriverTests.notes(in: $0) }
        }
        #expect(Set(onCopy) == ["one", "dry"])
        let onBook = try await book.transaction(.read) { try SQLiteDriverTests.notes(in: $0) }
        #expect(Set(onBook) == ["one", "real"])
        #expect(try copies(notes).isEmpty)
        try book.close()
    }

    @Test func `a scratch copy is private while it is there, and goes when its work fails`()
        async throws
    {
        let notes = try await Notes()
        await #expect(throws: Failed.self) {
            try await notes.database.onScratchCopy { copy in
                try await add("dry", to: copy)
                let found = try copies(notes)
                // The copy, its log with an index, and its lock.
                #expect(found.count == 4)
                for name in found {
                    let attributes = try FileManager.default.attributesOfItem(
                        atPath: notes.folder.file(name))
                    #expect(attributes[.posixPermissions] as? Int == 0o600)
                }
                // `Leftovers` recognises what a killed process leaves of it.
                let leftovers = Leftovers(
                    bookPath: notes.path, ringPath: notes.folder.file("keys"))
                #expect(leftovers.remove().count == found.count)
                throw Failed()
            }
        }
        #expect(try copies(notes).isEmpty)
    }

    @Test func `several at once each have their own`() async throws {
        let notes = try await Notes()
        let database = notes.database
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<4 {
                group.addTask {
                    try await database.onScratchCopy { copy in
                        try await add("dry \(number)", to: copy)
                        return try await copy.transaction(.read) {
                            try SQLiteDriverTests.notes(in: $0).count
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == [1, 1, 1, 1])
    }

    @Test func `a purge removes what a killed dry run left, and no copy in use`() async throws {
        let notes = try await Notes()
        let other = notes.folder.file("notes.db.backup.4194305.copy")
        try Data("another's".utf8).write(to: URL(fileURLWithPath: other))
        try await notes.database.onScratchCopy { copy in
            // The system may have given the id of a killed process again, even to this one.
            let left = "notes.db.scratch-900.\(ProcessInfo.processInfo.processIdentifier).copy"
            for side in ["", "-wal", "-lock"] {
                try Data("left".utf8).write(
                    to: URL(fileURLWithPath: notes.folder.file(left + side)))
            }
            #expect(try await !notes.database.purgeLog())
            #expect(try copies(notes).allSatisfy { !$0.contains("-900.") })
            try await add("dry", to: copy)
        }
        #expect(try copies(notes) == ["notes.db.backup.4194305.copy"])
        #expect(try await notes.database.purgeLog())
    }

    @Test func `the next dry run removes what a killed one left`() async throws {
        let notes = try await Notes()
        let left = notes.folder.file("notes.db.scratch-1.1.copy")
        try Data("left".utf8).write(to: URL(fileURLWithPath: left))
        try await notes.database.onScratchCopy { _ in
            #expect(!FileManager.default.fileExists(atPath: left))
        }
    }

    private struct Failed: Error {}

    private func add(_ name: String, to driver: any Driver) async throws {
        try await driver.transaction(.write) {
            _ = try $0.run(insertNote, .text(name), .blob([]))
        }
    }

    private func copies(_ notes: Notes) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: notes.folder.path)
            .filter { $0.contains(".copy") }
    }
}
