import Foundation
import Glibc
import OpenSSL
import Pledging
import TestSupport
import Testing

@testable import Store

@Suite struct RingDestructionTests {
    private let folder: TemporaryFolder
    private let file: KeyRingFile
    private let random = RandomSource()
    private let keys: KeyRing

    init() throws {
        folder = try TemporaryFolder()
        file = KeyRingFile(path: folder.file("book.keys"))
        keys = try KeyRingFile.makeKeys(
            bookID: IDSource(random: random).next(at: .noon), at: .noon, random: random)
    }

    @Test(arguments: [nil, Array("correct horse".utf8)] as [[UInt8]?])
    func `the bytes of a ring are overwritten before its name goes`(passphrase: [UInt8]?) throws {
        try file.create(keys, passphrase: passphrase, random: random)
        let before = try read(file.path)
        let other = folder.file("other name")
        try #require(link(file.path, other) == 0)
        #expect(file.destroy(at: .noon) == RingDestruction(outcome: .destroyed, failures: []))
        let after = try read(other)
        #expect(after.count == before.count)
        // One byte in 256 is unchanged by chance.
        #expect(zip(before, after).count { $0 == $1 } < before.count / 16)
        #expect(!String(decoding: after, as: UTF8.self).contains("mainstay"))
    }

    @Test func `a marker says whose keys are gone since when, and nobody else reads it`() throws {
        try file.create(keys, passphrase: nil, random: random)
        #expect(try file.marker() == nil)
        _ = file.destroy(at: .noon)
        #expect(try file.marker() == RingMarker(bookID: keys.bookID, at: .noon))
        let text = try String(decoding: read(file.path), as: UTF8.self)
        #expect(
            text == """
                {"format":"mainstay key ring destroyed","book":"\(keys.bookID.text)",\
                "destroyed_at":"2026-11-22T12:00:00.000Z"}

                """)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try names() == ["book.keys"])
    }

    @Test func `every use of a destroyed ring reports the destruction`() throws {
        try file.create(keys, passphrase: nil, random: random)
        _ = file.destroy(at: .noon)
        let destroyed = KeyRingError.destroyed(file.path, .noon)
        #expect(throws: destroyed) { try file.bookID() }
        #expect(throws: destroyed) { try file.isProtected() }
        #expect(throws: destroyed) { try file.open(passphrase: { nil }, random: random) }
        #expect(throws: KeyRingError.exists(file.path)) {
            try file.create(keys, passphrase: nil, random: random)
        }
    }

    @Test func `the second time changes nothing`() throws {
        try file.create(keys, passphrase: nil, random: random)
        _ = file.destroy(at: .noon)
        let later = Instant.noon.adding(hours: 1)
        #expect(file.destroy(at: later).outcome == .destroyedBefore)
        #expect(try file.marker()?.at == .noon)
    }

    @Test func `if there is no ring, no marker is made`() throws {
        #expect(file.destroy(at: .noon) == RingDestruction(outcome: .missing, failures: []))
        #expect(try names() == [])
        #expect(throws: KeyRingError.missing(file.path)) { try file.marker() }
    }

    @Test func `a link to the ring stays, and leads to the marker`() throws {
        try file.create(keys, passphrase: nil, random: random)
        let link = KeyRingFile(path: folder.file("link.keys"))
        try FileManager.default.createSymbolicLink(
            atPath: link.path, withDestinationPath: file.path)
        #expect(link.destroy(at: .noon).outcome == .destroyed)
        #expect(try file.marker()?.bookID == keys.bookID)
        #expect(try link.marker()?.bookID == keys.bookID)
        #expect(try names() == ["book.keys", "link.keys"])
    }

    @Test func `half of a ring is destroyed like a whole one, and names no book`() throws {
        try file.create(keys, passphrase: nil, random: random)
        let half = try read(file.path).prefix(300)
        try Data(half).write(to: URL(fileURLWithPath: file.path))
        #expect(file.destroy(at: .noon).outcome == .destroyed)
        #expect(try file.marker() == RingMarker(bookID: nil, at: .noon))
    }

    @Test func `what cannot be a ring is not touched`() throws {
        let large = [UInt8](repeating: 7, count: (1 << 20) + 1)
        try Data(large).write(to: URL(fileURLWithPath: file.path))
        #expect(file.destroy(at: .noon).outcome == .incomplete)
        #expect(try read(file.path) == large)
        let other = KeyRingFile(path: folder.path)
        #expect(other.destroy(at: .noon).outcome == .incomplete)
    }

    @Test(arguments: [
        "{\"format\":\"mainstay key ring destroyed\"}",
        "{\"format\":\"mainstay key ring destroyed\",\"destroyed_at\":\"yesterday\"}",
        "{\"format\":\"another\",\"destroyed_at\":\"2026-11-22T12:00:00Z\"}", "", "{}",
    ])
    func `a malformed marker is not a marker`(content: String) throws {
        try Data(content.utf8).write(to: URL(fileURLWithPath: file.path))
        #expect(try file.marker() == nil)
        #expect(throws: KeyRingError.damaged(file.path)) { try file.bookID() }
    }

    @Test func `a ring without keys opens nothing and hashes nothing`() throws {
        let blob = try keys.seal(SealedFields(["x"]), .supporter, row: "row_1")
        let none = KeyRing.destroyed(bookID: keys.bookID)
        #expect(none.entries.isEmpty && none.bookID == keys.bookID)
        #expect(throws: SealError.unknownKey(1)) {
            try none.open(blob, .supporter, row: "row_1", fields: 1)
        }
        #expect(throws: SealError.unknownKey(0)) {
            try none.seal(SealedFields(["x"]), .supporter, row: "row_1")
        }
        #expect(throws: SealError.unknownKey(0)) { try none.hash(.request, texts: ["x"]) }
        #expect(throws: KeyRingError.lacksKey(1)) { try none.use(sealKeyID: 1, hashKeyID: 2) }
    }

    private func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }
}
