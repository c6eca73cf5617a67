import Foundation
import OpenSSL
import Pledging
import TestSupport
import Testing

@testable import Store

@Suite struct KeyRingStorageTests {
    private let folder: TemporaryFolder
    private let file: KeyRingFile
    private let keys: KeyRing
    private let random = RandomSource()

    init() throws {
        folder = try TemporaryFolder()
        file = KeyRingFile(path: folder.file("book.keys"))
        keys = try makeKeys()
    }

    private func storage(_ passphrase: String? = nil) -> KeyRingStorage {
        let bytes = passphrase.map { Array($0.utf8) }
        return KeyRingStorage(file, random: random, passphrase: { bytes })
    }

    private func create(_ passphrase: String? = nil) throws {
        try file.create(keys, passphrase: passphrase.map { Array($0.utf8) }, random: random)
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path)
    }

    // MARK: Keys

    @Test(arguments: [nil, "correct horse"] as [String?])
    func `a key is added with the next number, and the ring keeps its form`(
        passphrase: String?
    ) throws {
        try create(passphrase)
        let added = try storage(passphrase).key(.seal, newerThan: 1, at: .noon)
        #expect(added.id == 4 && added.isNew)
        let hash = try storage(passphrase).key(.hash, newerThan: 2, at: .noon)
        #expect(hash.id == 5 && hash.isNew)
        let ring = try storage(passphrase).open()
        #expect(ring.entries.map(\.id) == [1, 2, 3, 4, 5])
        #expect(ring.entries.map(\.purpose) == [.seal, .hash, .link, .seal, .hash])
        #expect(ring.bookID == keys.bookID)
        #expect(try file.isProtected() == (passphrase != nil))
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try names() == ["book.keys"])
        let blob = try keys.seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(try ring.open(blob, .mail, row: "row_1", fields: 1) == ["x"])
    }

    @Test func `a key that was added and is not used yet is not followed by another`() throws {
        try create()
        let first = try storage().key(.seal, newerThan: 1, at: .noon)
        let second = try storage().key(.seal, newerThan: 1, at: .noon)
        #expect(second.id == first.id && !second.isNew)
        #expect(try storage().open().entries.count == 4)
    }

    @Test func `keys that are added at once are all kept`() async throws {
        try create()
        let storage = storage()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    // Each asks for a key that is newer than all others.
                    let purpose: KeyEntry.Purpose = number.isMultiple(of: 2) ? .seal : .hash
                    let newest = try storage.open().entries.map(\.id).max() ?? 0
                    _ = try storage.key(purpose, newerThan: newest, at: .noon)
                }
            }
            try await group.waitForAll()
        }
        let ids = try storage.open().entries.map(\.id)
        #expect(Set(ids).count == ids.count)
        #expect(ids == Array(1...UInt16(ids.count)) && ids.count > 4)
        #expect(try names() == ["book.keys"])
    }

    @Test func `changes that are made at once lose none`() async throws {
        try create()
        let (file, random) = (file, random)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    try file.replace(passphrase: { nil }, random: random) { content in
                        let last = content.entries.map(\.id).max() ?? 0
                        content.entries.append(try entry(last + 1, .hash))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try storage().open().entries.map(\.id) == Array(1...23))
    }

    @Test func `a key is removed, and the last one of its purpose never`() throws {
        try create()
        let added = try storage().key(.seal, newerThan: 1, at: .noon)
        try storage().remove(1)
        #expect(try storage().open().entries.map(\.id) == [2, 3, added.id])
        try storage().remove(1)
        let before = try Data(contentsOf: URL(fileURLWithPath: file.path))
        #expect(throws: KeyRingError.incomplete) { try storage().remove(added.id) }
        #expect(try Data(contentsOf: URL(fileURLWithPath: file.path)) == before)
    }

    @Test func `a number that the book uses is not given again`() throws {
        try create()
        #expect(try storage().key(.seal, newerThan: 9, at: .noon).id == 10)
    }

    @Test func `a ring without a number left says so`() throws {
        try create()
        #expect(throws: KeyRingError.full(file.path)) {
            try storage().key(.seal, newerThan: UInt16.max, at: .noon)
        }
    }

    @Test func `what a killed writer left is gone with the next change`() throws {
        try create()
        try Data("half".utf8).write(to: URL(fileURLWithPath: file.path + ".new"))
        _ = try storage().key(.seal, newerThan: 1, at: .noon)
        #expect(try names() == ["book.keys"])
    }

    @Test func `what a link leads to is changed, and the link stays`() throws {
        try create()
        let link = folder.file("link.keys")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: file.path)
        let linked = KeyRingStorage(
            KeyRingFile(path: link), random: random, passphrase: { nil })
        _ = try linked.key(.seal, newerThan: 1, at: .noon)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == file.path)
        #expect(try storage().open().entries.count == 4)
    }

    @Test func `an opened ring reads its file again, unless another ring stands there`() throws {
        try create("p")
        let opened = try storage("p").open()
        let added = try storage("p").key(.seal, newerThan: 1, at: .noon)
        try opened.use(sealKeyID: added.id, hashKeyID: 2)
        #expect(opened.sealKeyID == added.id)

        let other = try storage("p").open()
        try FileManager.default.removeItem(atPath: file.path)
        let foreign = try makeKeys(makeKeys().entries + [entry(9, .seal)])
        try file.create(foreign, passphrase: Array("p".utf8), random: random)
        #expect(throws: KeyRingError.lacksKey(9)) {
            try other.use(sealKeyID: 9, hashKeyID: 2)
        }
    }

    @Test func `a wiped ring does not come back from its file`() throws {
        try create()
        let opened = try storage().open()
        let blob = try opened.seal(SealedFields(["x"]), .mail, row: "row_1")
        opened.wipe()
        #expect(throws: SealError.self) {
            try opened.open(blob, .mail, row: "row_1", fields: 1)
        }
        #expect(opened.entries.isEmpty)
    }

    // MARK: The passphrase

    @Test func `a ring is protected, gets another passphrase, and is unlocked`() throws {
        try create()
        try storage().protect(under: Array("one".utf8))
        #expect(throws: KeyRingError.passphraseNeeded(file.path)) { try storage().open() }
        #expect(try storage("one").open().entries.map(\.id) == [1, 2, 3])
        try storage("one").protect(under: Array("two".utf8))
        #expect(throws: KeyRingError.passphraseWrong(file.path)) { try storage("one").open() }
        #expect(throws: KeyRingError.passphraseWrong(file.path)) { try storage("one").unlock() }
        #expect(throws: KeyRingError.passphraseNeeded(file.path)) { try storage().unlock() }
        #expect(try file.isProtected())
        try storage("two").unlock()
        #expect(try !file.isProtected())
        let blob = try keys.seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(try storage().open().open(blob, .mail, row: "row_1", fields: 1) == ["x"])
        #expect(try names() == ["book.keys"])
    }

    @Test func `a copy under a passphrase of its own opens what the ring opens`() throws {
        try create("here")
        let copy = KeyRingFile(path: folder.file("abroad.keys"))
        let abroad = Array("abroad".utf8)
        try copy.create(storage("here").open(), passphrase: abroad, random: random)
        #expect(throws: KeyRingError.passphraseWrong(copy.path)) {
            try copy.open(passphrase: { Array("here".utf8) }, random: random)
        }
        let opened = try copy.open(passphrase: { abroad }, random: random)
        let blob = try keys.seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(try opened.open(blob, .mail, row: "row_1", fields: 1) == ["x"])
        #expect(throws: KeyRingError.exists(copy.path)) {
            try copy.create(keys, passphrase: abroad, random: random)
        }
    }

    @Test func `changing a missing ring does not make one`() throws {
        #expect(throws: KeyRingError.missing(file.path)) {
            try storage().key(.seal, newerThan: 1, at: .noon)
        }
        #expect(throws: KeyRingError.missing(file.path)) { try storage().unlock() }
        #expect(try names().isEmpty)
    }
}
