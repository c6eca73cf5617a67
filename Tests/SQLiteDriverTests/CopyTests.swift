import Foundation
import Glibc
import SQLiteDriver
import Store
import TestSupport
import Testing

/// A copy is the whole database of one moment, whatever others write meanwhile.
@Suite struct CopyTests {
    @Test(arguments: [SQLiteDatabase.Execution.concurrent, .inline])
    func `a copy holds what the book holds, in one private file`(
        execution: SQLiteDatabase.Execution
    ) async throws {
        let notes = try await Notes()
        try await notes.add("one", body: [UInt8](repeating: 7, count: 100_000))
        try notes.database.close()
        let source = try SQLiteDatabase(opening: notes.path, execution: execution)
        let path = notes.folder.file("copy.db")
        try await source.copy(to: path) { _, _ in }
        let names = try FileManager.default.contentsOfDirectory(atPath: notes.folder.path)
        #expect(names.filter { $0.hasPrefix("copy") } == ["copy.db"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        // Read and write version of the header: 1 is a file without a log.
        let header = try Data(contentsOf: URL(fileURLWithPath: path)).prefix(20)
        #expect(Array(header.suffix(2)) == [1, 1])
        #expect(try SQLiteFile.bookTag(of: path) == 7)
        let copy = try SQLiteDatabase(opening: path)
        #expect(try await copy.inspect().allSatisfy { $0.isSound })
        #expect(
            try await copy.transaction(.read) { try SQLiteDriverTests.notes(in: $0) } == ["one"])
        try copy.close()
        try source.close()
    }

    @Test func `a copy is one moment's while another connection writes all the time`()
        async throws
    {
        let notes = try await Notes()
        // Large enough for several steps of the copy.
        for number in 0..<16 {
            try await notes.add("large \(number)", body: [UInt8](repeating: 1, count: 1 << 20))
        }
        let other = try SQLiteDatabase(opening: notes.path)
        let writing = Task {
            var number = 0
            while !Task.isCancelled {
                let name = "late \(number)"
                try await other.transaction(.write) { connection in
                    _ = try connection.run(insertNote, .text(name), .blob([]))
                    // A reply with each note: a torn copy has one without the other.
                    _ = try connection.run("INSERT INTO replies (note) VALUES ($1)", .text(name))
                }
                number += 1
            }
            return number
        }
        try await eventually("the other one writes") {
            try await notes.seenFromOutside().contains { $0.hasPrefix("late") }
        }
        let path = notes.folder.file("copy.db")
        let steps = Log()
        try await notes.database.copy(to: path) { done, total in steps.add("\(done)/\(total)") }
        writing.cancel()
        let written = try await writing.value
        #expect(steps.all.count > 2)
        let totals = Set(steps.all.compactMap { $0.split(separator: "/").last })
        #expect(totals.count == 1, "the copy began anew: \(steps.all)")

        let copy = try SQLiteDatabase(opening: path)
        #expect(try await copy.inspect().allSatisfy { $0.isSound })
        let (found, replies) = try await copy.transaction(.read) { connection in
            (
                try SQLiteDriverTests.notes(in: connection).count { $0.hasPrefix("late") },
                try connection.run("SELECT note FROM replies").count
            )
        }
        #expect(found == replies && found > 0 && found <= written)
        try copy.close()
    }

    @Test func `what a killed run left under the name goes`() async throws {
        let notes = try await Notes()
        try await notes.add("one")
        let path = notes.folder.file("copy.db")
        for suffix in ["", "-wal", "-journal", "-shm"] {
            try Data("left".utf8).write(to: URL(fileURLWithPath: path + suffix))
        }
        try await notes.database.copy(to: path) { _, _ in }
        let copy = try SQLiteDatabase(opening: path)
        #expect(try await copy.inspect().allSatisfy { $0.isSound })
        try copy.close()
    }

    @Test func `a folder that is not there is the file's error`() async throws {
        let notes = try await Notes()
        let error = await #expect(throws: FileError.self) {
            try await notes.database.copy(to: notes.folder.file("gone/copy.db")) { _, _ in }
        }
        #expect(error?.code == ENOENT)
    }
}
