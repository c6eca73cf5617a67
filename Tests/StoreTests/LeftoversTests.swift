import Foundation
import Glibc
import TestSupport
import Testing

@testable import Store

@Suite struct LeftoversTests {
    private let folder: TemporaryFolder
    private let leftovers: Leftovers

    init() throws {
        folder = try TemporaryFolder()
        leftovers = Leftovers(
            bookPath: folder.file("book.db"), ringPath: folder.file("book.db.keys"))
    }

    private static let ours = [
        "book.db.77.new", "book.db.77.new-wal", "book.db.77.new-shm", "book.db.keys.77.tmp",
        "book.db.keys.new",
        "report.csv.77.tmp", "kept.backup.4194304.tmp", "kept.backup.77.copy",
        "kept.backup.77.copy-journal",
    ]
    private static let others = [
        "book.db", "book.db.keys", "book.db.keys.live", "book.db.keys.runs", "book.db-wal",
        "other.db.77.new", "other.db.keys.new", "book.db.77.new.txt", "book.db.77x.new",
        "notes.tmp", ".77.tmp",
        "x.077.tmp", "x.0.tmp", "x.-7.tmp", "x.4194305.tmp", "x.77.tmp-wal", "x.77.copy2",
    ]

    @Test func `what killed commands left goes, and nothing else`() throws {
        for name in Self.ours + Self.others { try make(name) }
        #expect(leftovers.remove() == Leftovers.Removed(count: Self.ours.count, failures: []))
        #expect(try names() == Self.others.sorted())
        #expect(leftovers.remove() == Leftovers.Removed())
    }

    @Test func `a file that others may read, a link and a folder are not ours`() throws {
        try make("open.77.tmp", mode: 0o644)
        try make("target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link.77.tmp"), withDestinationPath: folder.file("target"))
        try FileManager.default.createDirectory(
            atPath: folder.file("folder.77.tmp"), withIntermediateDirectories: false)
        #expect(leftovers.remove() == Leftovers.Removed())
        #expect(try names() == ["folder.77.tmp", "link.77.tmp", "open.77.tmp", "target"])
    }

    @Test(arguments: ["book.db.keys.77.tmp", "book.db.keys.new"])
    func `half of a ring is overwritten before it goes`(_ name: String) throws {
        try make(name)
        try #require(link(folder.file(name), folder.file("kept")) == 0)
        #expect(leftovers.remove().count == 1)
        let kept = try Data(contentsOf: URL(fileURLWithPath: folder.file("kept")))
        #expect(kept.count == 64 && kept != Data(repeating: 7, count: 64))
    }

    @Test func `a folder that is not there is said`() {
        let gone = Leftovers(bookPath: folder.file("gone/b.db"), ringPath: folder.file("b.keys"))
        #expect(gone.remove().failures.count == 1)
    }

    private func make(_ name: String, mode: mode_t = 0o600) throws {
        try Data(repeating: 7, count: 64).write(to: URL(fileURLWithPath: folder.file(name)))
        try #require(chmod(folder.file(name), mode) == 0)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
}
