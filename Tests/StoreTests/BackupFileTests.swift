import Foundation
import OpenSSL
import Pledging
import TestSupport
import Testing

@testable import Store

/// A backup is restored to the last bit, or not at all.
@Suite struct BackupFileTests {
    private let folder: TemporaryFolder
    private let keys: BackupKeys
    private let random = RandomSource()

    init() throws {
        folder = try TemporaryFolder()
        keys = BackupKeys(ring: try makeKeys())
    }

    private static let chunk = BackupFile.chunkBytes
    private var backup: String { folder.file("book.backup") }
    private var restored: String { folder.file("restored.db") }
    private let content = BackupContent(
        createdAt: .noon, schema: 10, rows: [.supporters: 3, .mailMessages: 0])

    // MARK: Round trips

    @Test(arguments: [0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk])
    func `a file of any length comes back`(count: Int) throws {
        let bytes = try randomBytes(count)
        let made = try make(bytes)
        let opened = try open()
        #expect(opened == made)
        #expect(opened.content == content)
        #expect(opened.bytes == count && opened.book == keys.ring.bookID)
        #expect(try read(restored) == bytes)
        #expect(try mode(backup) == 0o600 && mode(restored) == 0o600)
    }

    @Test(arguments: [-1, 0, 1, 40, 200])
    func `a manifest may end at the border of chunks, or lie across it`(offset: Int) throws {
        // Its length has as many digits as that of the manifest below.
        let length = try BackupManifest(make(randomBytes(1_000_000))).encoded().count
        try FileManager.default.removeItem(atPath: backup)
        let bytes = try randomBytes(Self.chunk - length + offset)
        try make(bytes)
        _ = try open()
        #expect(try read(restored) == bytes)
    }

    @Test func `a passphrase opens what it sealed`() throws {
        let keys = BackupKeys(ring: keys.ring, passphrase: Array("correct horse".utf8))
        try make([1, 2, 3], keys)
        _ = try open(keys)
        #expect(try read(restored) == [1, 2, 3])
    }

    @Test func `nothing of the plain text is in the file, and no two files are alike`() throws {
        let marker = Array("SQLite format 3\0".utf8)
        try make(marker)
        let first = try read(backup)
        #expect(Data(first).range(of: Data(marker)) == nil)
        try FileManager.default.removeItem(atPath: backup)
        try make(marker)
        #expect(try read(backup).suffix(300) != first.suffix(300))
    }

    @Test func `a file that stands there is never written over, and nothing is left`() throws {
        try write(backup, Array("mine".utf8))
        let error = #expect(throws: FileError.self) { try make([1]) }
        #expect(error?.code == EEXIST)
        #expect(try read(backup) == Array("mine".utf8))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names == ["book.backup", "plain.db"])
    }

    // MARK: Damage

    @Test func `a byte that was changed is found, wherever it is`() throws {
        try make(try randomBytes(Self.chunk + 100))
        let sound = try read(backup)
        let body = try #require(bodyStart(sound))
        let ends = [body, body + ChunkOpener.sealedBytes, sound.count]
        let inChunks = ends.flatMap { [$0 - 17, $0 - 16, $0 - 1, $0, $0 + 1] }
            .filter { (body..<sound.count).contains($0) }
        for index in Array(0..<body) + inChunks {
            var bytes = sound
            bytes[index] ^= 1
            try write(backup, bytes)
            let error = #expect(throws: BackupError.self, "byte \(index)") { try open() }
            if index < BackupFile.magic.count {
                #expect(error == .notABackup(backup))
            } else if index >= body {
                #expect(error == .damaged(backup))
            }
        }
    }

    @Test func `a file cut short is found, at each border and beside it`() throws {
        try make(try randomBytes(2 * Self.chunk))
        let sound = try read(backup)
        let body = try #require(bodyStart(sound))
        let borders = [0, 1, 2].map { body + $0 * ChunkOpener.sealedBytes } + [sound.count]
        for length in borders.flatMap({ [$0 - 1, $0, $0 + 1] }) where length < sound.count {
            try write(backup, Array(sound.prefix(length)))
            #expect(throws: BackupError.damaged(backup), "\(length)") { try open() }
        }
        for length in [0, 5, BackupFile.magic.count - 1] {
            try write(backup, Array(sound.prefix(length)))
            #expect(throws: BackupError.notABackup(backup)) { try open() }
        }
    }

    @Test func `chunks in another order, doubled or left out are found`() throws {
        try make(try randomBytes(2 * Self.chunk))
        let sound = try read(backup)
        let body = try #require(bodyStart(sound))
        let size = ChunkOpener.sealedBytes
        let head = Array(sound[..<body])
        let chunks = [
            Array(sound[body..<(body + size)]), Array(sound[(body + size)..<(body + 2 * size)]),
            Array(sound[(body + 2 * size)...]),
        ]
        let orders = [[1, 0, 2], [0, 0, 2], [0, 2], [1, 2], [2], [0, 1, 1, 2], [0, 1]]
        for order in orders {
            try write(backup, head + order.flatMap { chunks[$0] })
            #expect(throws: BackupError.damaged(backup)) { try open() }
        }
    }

    @Test(arguments: [1, 16, 17, chunk, chunk + 16])
    func `bytes at the end are found`(count: Int) throws {
        try make([1, 2, 3])
        try write(backup, read(backup) + [UInt8](repeating: 0, count: count))
        #expect(throws: BackupError.damaged(backup)) { try open() }
    }

    @Test func `the end of another backup is found`() throws {
        try make([1, 2, 3])
        let first = try read(backup)
        try FileManager.default.removeItem(atPath: backup)
        try make([1, 2, 3])
        let second = try read(backup)
        let one = try #require(bodyStart(first))
        let two = try #require(bodyStart(second))
        try write(backup, Array(first[..<one] + second[two...]))
        #expect(throws: BackupError.damaged(backup)) { try open() }
    }

    // MARK: Keys

    @Test func `another ring is told from damage, even one of the same book`() throws {
        try make([1])
        let forged = try KeyRingFile.makeKeys(
            bookID: keys.ring.bookID, at: .noon, random: random)
        for ring in [try makeKeys(), forged] {
            #expect(throws: BackupError.otherRing(backup)) { try open(BackupKeys(ring: ring)) }
        }
    }

    @Test func `a ring that has a newer key opens what the older one sealed`() throws {
        try make([1])
        let newer = try KeyRing(
            bookID: keys.ring.bookID, entries: keys.ring.entries + [try entry(9, .seal)],
            random: random)
        try newer.use(sealKeyID: 9, hashKeyID: newer.hashKeyID)
        _ = try open(BackupKeys(ring: newer))
    }

    @Test func `a passphrase that is wrong, missing or not needed is said so`() throws {
        let secret = BackupKeys(ring: keys.ring, passphrase: Array("right".utf8))
        try make([1], secret)
        #expect(throws: BackupError.passphraseNeeded(backup)) { try open() }
        for wrong in ["wrong", "Right", "right\n", ""] {
            #expect(throws: BackupError.passphraseWrong(backup)) {
                try open(BackupKeys(ring: keys.ring, passphrase: Array(wrong.utf8)))
            }
        }
        #expect(throws: BackupError.otherRing(backup)) {
            try open(BackupKeys(ring: try makeKeys(), passphrase: Array("right".utf8)))
        }
        try FileManager.default.removeItem(atPath: backup)
        try make([1])
        #expect(throws: BackupError.passphraseUnused(backup)) { try open(secret) }
    }

    /// log_n 20 with r 16 takes 2 GiB: a changed file must not exhaust the machine's memory.
    @Test(arguments: [
        ("\"log_n\":15", "\"log_n\":9"), ("\"log_n\":15", "\"log_n\":21"),
        ("\"log_n\":15", "\"log_n\":63"), ("\"log_n\":15", "\"log_n\":-1"),
        ("\"r\":8", "\"r\":0"), ("\"r\":8", "\"r\":17"), ("\"p\":1", "\"p\":0"),
        ("\"p\":1", "\"p\":5"), ("\"p\":1", "\"p\":9223372036854775807"),
        ("\"log_n\":15,\"p\":1,\"r\":8", "\"log_n\":20,\"p\":1,\"r\":16"),
        ("\"chunk_size\":1048576", "\"chunk_size\":1073741824"), ("\"kind\"", "\"sort\""),
        ("\"passphrase\"", "\"other\""), ("\"bok_", "\"sup_"),
    ])
    func `a header that asks for what no backup has is refused`(
        part: String, change: String
    ) throws {
        let secret = BackupKeys(ring: keys.ring, passphrase: Array("right".utf8))
        try make([1], secret)
        let sound = try read(backup)
        let body = try #require(bodyStart(sound))
        let head = String(decoding: sound[..<body], as: UTF8.self)
        try #require(head.contains(part))
        try write(backup, Array(head.replacing(part, with: change).utf8) + sound[body...])
        #expect(throws: BackupError.damaged(backup)) { try open(secret) }
    }

    @Test func `a header without an end is not read to its end`() throws {
        try write(backup, BackupFile.magic + [UInt8](repeating: 0x20, count: 3 * Self.chunk))
        #expect(throws: BackupError.damaged(backup)) { try open() }
    }

    @Test func `what is said names the file, in one line`() {
        let errors: [BackupError] = [
            .notABackup("a.backup"), .damaged("a.backup"), .otherRing("a.backup"),
            .passphraseNeeded("a.backup"), .passphraseWrong("a.backup"),
            .passphraseUnused("a.backup"),
        ]
        for error in errors {
            #expect(error.description.contains("a.backup"))
            #expect(!error.description.contains("\n"))
        }
    }

    // MARK: Steps

    @discardableResult
    private func make(_ bytes: [UInt8], _ other: BackupKeys? = nil) throws -> BackupFacts {
        let plain = folder.file("plain.db")
        try write(plain, bytes)
        return try BackupFile.create(
            backup, of: plain, content, with: other ?? keys, random: random
        ) { _, _ in }
    }

    @discardableResult
    private func open(_ other: BackupKeys? = nil) throws -> BackupFacts {
        try BackupFile.open(backup, into: restored, with: other ?? keys) { _, _ in }
    }

    /// Where the first chunk begins: after the second line.
    private func bodyStart(_ bytes: [UInt8]) -> Int? {
        let first = bytes.firstIndex(of: 0x0A)
        return first.flatMap { bytes[($0 + 1)...].firstIndex(of: 0x0A) }.map { $0 + 1 }
    }

    private func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    private func write(_ path: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
