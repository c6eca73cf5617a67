import Foundation
import SQLiteDriver
import TestSupport
import Testing

/// A file that is not a book of this program is recognised before SQLite opens it, which could
/// change it.
@Suite struct HeaderTests {
    private struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let content: [UInt8]
        let expected: @Sendable (String) -> SQLiteFileError
    }

    private static let cases = [
        Case(testDescription: "an empty file", content: []) { .notSQLite($0) },
        Case(testDescription: "a short file", content: Array(header().prefix(99))) {
            .notSQLite($0)
        },
        Case(
            testDescription: "a long text",
            content: Array(repeating: UInt8(ascii: "x"), count: 8_192)
        ) { .notSQLite($0) },
        Case(
            testDescription: "a header that is almost right",
            content: Array("SQLite format 2\0".utf8) + header().dropFirst(16)
        ) { .notSQLite($0) },
        Case(testDescription: "a database without an owner", content: header(application: 0)) {
            .otherApplication($0)
        },
        Case(
            testDescription: "another program's database", content: header(application: 0x4750_4B47)
        ) { .otherApplication($0) },
        Case(testDescription: "another book", content: header(tag: 8)) { .otherBook($0) },
    ]

    @Test(arguments: cases)
    private func `a file that is not a book of this ring is refused and not touched`(
        item: Case
    ) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("book.db")
        try Data(item.content).write(to: URL(fileURLWithPath: path))
        let past = Date(timeIntervalSince1970: 1_000_000_000)
        try FileManager.default.setAttributes([.modificationDate: past], ofItemAtPath: path)

        #expect(throws: item.expected(path)) { try SQLiteFile.check(path, bookTag: 7) }

        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(item.content))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.modificationDate] as? Date == past)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["book.db"])
    }

    @Test func `a file that is not there is missing, and stays so`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("book.db")
        #expect(throws: SQLiteFileError.missing(path)) {
            try SQLiteFile.check(path, bookTag: 7)
        }
        #expect(try SQLiteFile.bookTag(of: path) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func `a folder is no database`() throws {
        let folder = try TemporaryFolder()
        #expect(throws: SQLiteFileError.unreadable(folder.path, code: EISDIR)) {
            try SQLiteFile.check(folder.path, bookTag: 7)
        }
    }

    @Test func `a book of ours passes with its own tag alone`() async throws {
        let notes = try await Notes()
        try notes.database.close()
        try SQLiteFile.check(notes.path, bookTag: 7)
        #expect(try SQLiteFile.bookTag(of: notes.path) == 7)
        #expect(throws: SQLiteFileError.otherBook(notes.path)) {
            try SQLiteFile.check(notes.path, bookTag: 6)
        }
    }

    @Test func `a tag keeps all of its bits`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("book.db")
        let database = try SQLiteDatabase(creating: path, bookTag: 0xFEDC_BA98)
        try database.close()
        #expect(try SQLiteFile.bookTag(of: path) == 0xFEDC_BA98)
    }

    @Test(arguments: cases)
    private func `each error names the file and what it is`(item: Case) {
        let text = item.expected("/srv/book.db").description
        #expect(text.contains("/srv/book.db"))
        #expect(!text.contains("\n"))
    }
}

/// The first 100 bytes of a database file (SQLite file format, 1.3): magic at 0, user version at
/// 60, application id at 68, both big-endian.
private func header(tag: UInt8 = 7, application: UInt32 = 0x4D73_7479) -> [UInt8] {
    var bytes = Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0, count: 84)
    bytes[63] = tag
    for index in 0..<4 { bytes[68 + index] = UInt8(application >> (24 - 8 * index) & 0xFF) }
    return bytes
}
