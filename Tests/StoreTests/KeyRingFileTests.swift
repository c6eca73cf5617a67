import Foundation
import OpenSSL
import Pledging
import TestSupport
import Testing

@testable import Store

@Suite struct KeyRingFileTests {
    private let folder: TemporaryFolder
    private let file: KeyRingFile
    private let random = RandomSource()

    init() throws {
        folder = try TemporaryFolder()
        file = KeyRingFile(path: folder.file("book.keys"))
    }

    @Test(arguments: [nil, Array("correct horse".utf8), []] as [[UInt8]?])
    func `a ring that was written is the ring that is read`(passphrase: [UInt8]?) throws {
        let keys = try makeKeys()
        try file.create(keys, passphrase: passphrase, random: random)
        let again = try file.open(passphrase: { passphrase }, random: random)
        #expect(again.bookID == keys.bookID)
        #expect(try file.bookID() == keys.bookID)
        #expect(try file.isProtected() == (passphrase != nil))
        #expect(again.entries.map(\.id) == keys.entries.map(\.id))
        #expect(again.entries.map(\.purpose) == keys.entries.map(\.purpose))
        let blob = try keys.seal(SealedFields(["x"]), .supporter, row: "row_1")
        #expect(try again.open(blob, .supporter, row: "row_1", fields: 1) == ["x"])
    }

    @Test func `only the owner may read it, and nothing else is left beside it`() throws {
        try file.create(makeKeys(), passphrase: nil, random: random)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["book.keys"])
    }

    @Test func `only the owner may read it, though a killed process left its temporary file`()
        throws
    {
        let left = "\(file.path).\(ProcessInfo.processInfo.processIdentifier).tmp"
        try Data("half".utf8).write(to: URL(fileURLWithPath: left))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: left)
        try file.create(makeKeys(), passphrase: nil, random: random)
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `a file that stands there is never written over`() throws {
        try write("precious")
        #expect(throws: KeyRingError.exists(file.path)) {
            try file.create(makeKeys(), passphrase: nil, random: random)
        }
        #expect(try read() == "precious")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["book.keys"])
    }

    @Test func `a link that leads nowhere is never written through`() throws {
        let elsewhere = folder.file("elsewhere")
        try FileManager.default.createSymbolicLink(
            atPath: file.path, withDestinationPath: elsewhere)
        #expect(throws: KeyRingError.exists(file.path)) {
            try file.create(makeKeys(), passphrase: nil, random: random)
        }
        #expect(!FileManager.default.fileExists(atPath: elsewhere))
    }

    @Test func `a protected ring opens with its passphrase alone`() throws {
        try file.create(makeKeys(), passphrase: Array("correct".utf8), random: random)
        #expect(throws: KeyRingError.passphraseNeeded(file.path)) {
            try file.open(passphrase: { nil }, random: random)
        }
        for wrong in ["", "Correct", "correct "] {
            #expect(throws: KeyRingError.passphraseWrong(file.path)) {
                try file.open(passphrase: { Array(wrong.utf8) }, random: random)
            }
        }
        // Whether it is protected can be read without the passphrase.
        #expect(try file.isProtected())
    }

    @Test func `a protected ring shows no key, and no two are alike`() throws {
        let keys = try makeKeys()
        try file.create(keys, passphrase: Array("p".utf8), random: random)
        let written = try read()
        let other = KeyRingFile(path: folder.file("other.keys"))
        try other.create(keys, passphrase: Array("p".utf8), random: random)
        let secrets = keys.entries.map { $0.secret.withBytes { Data($0).base64EncodedString() } }
        for secret in secrets { #expect(!written.contains(secret)) }
        #expect(try written != String(contentsOfFile: other.path, encoding: .utf8))

        let plain = KeyRingFile(path: folder.file("plain.keys"))
        try plain.create(keys, passphrase: nil, random: random)
        let open = try String(contentsOfFile: plain.path, encoding: .utf8)
            .replacing("\\/", with: "/")
        for secret in secrets { #expect(open.contains(secret)) }
    }

    @Test func `the passphrase is asked for only where there is one`() throws {
        try file.create(makeKeys(), passphrase: nil, random: random)
        _ = try file.open(
            passphrase: {
                Issue.record("asked for a passphrase")
                return nil
            }, random: random)
    }

    @Test func `a ring that is not there is missing`() {
        #expect(throws: KeyRingError.missing(file.path)) {
            try file.open(passphrase: { nil }, random: random)
        }
        #expect(throws: KeyRingError.missing(file.path)) { try file.bookID() }
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "not JSON", "{\"format\":\"mainstay key ring 1\"}",
        "\u{FEFF}{", "{\"format\":1}",
    ])
    func `a file that is no ring is damaged`(content: String) throws {
        try write(content)
        #expect(throws: KeyRingError.damaged(file.path)) {
            try file.open(passphrase: { nil }, random: random)
        }
    }

    @Test(arguments: [
        ("mainstay key ring 1", "mainstay key ring 2"), ("\"bok_", "\"sup_"),
        ("\"bok_0", "\"bok_9"),
        ("\"seal\"", "\"other\""), ("\"secret\" : \"", "\"secret\" : \"AAAA"),
        ("\"secret\" : \"", "\"secret\" : \"!"), ("\"keys\"", "\"locks\""), ("}\n", "\n"),
    ])
    func `a ring that was changed is damaged`(part: String, change: String) throws {
        try file.create(makeKeys(), passphrase: nil, random: random)
        let content = try read() + "\n"
        let range = try #require(content.firstRange(of: part))
        try write(content.replacingCharacters(in: range, with: change))
        #expect(throws: KeyRingError.damaged(file.path)) {
            try file.open(passphrase: { nil }, random: random)
        }
    }

    @Test func `a ring that lost the keys of a purpose is incomplete`() throws {
        try file.create(makeKeys(), passphrase: nil, random: random)
        try write(read().replacing("\"link\"", with: "\"hash\""))
        #expect(throws: KeyRingError.incomplete) {
            try file.open(passphrase: { nil }, random: random)
        }
    }

    @Test func `a protected ring that is given to another book does not open`() throws {
        let keys = try makeKeys()
        try file.create(keys, passphrase: Array("p".utf8), random: random)
        let other = try makeKeys().bookID.text
        try write(read().replacing(keys.bookID.text, with: other))
        #expect(throws: KeyRingError.passphraseWrong(file.path)) {
            try file.open(passphrase: { Array("p".utf8) }, random: random)
        }
    }

    /// logN 20 is written with r 16, which takes 2 GiB: a changed file must not exhaust the
    /// machine's memory.
    @Test(arguments: [
        ("logN", "9"), ("logN", "21"), ("logN", "63"), ("logN", "-1"), ("r", "0"), ("r", "17"),
        ("p", "0"), ("p", "5"), ("p", "9223372036854775807"), ("logN", "20"),
    ])
    func `parameters of scrypt that are out of range are refused`(
        name: String, value: String
    ) throws {
        try file.create(makeKeys(), passphrase: Array("p".utf8), random: random)
        var content = try read()
        if value == "20" { content = content.replacing("\"r\" : 8", with: "\"r\" : 16") }
        content = content.replacing(
            try Regex("\"\(name)\" : [0-9]+"), with: { _ in "\"\(name)\" : \(value)" })
        try write(content)
        #expect(throws: (any Error).self) {
            try file.open(passphrase: { Array("p".utf8) }, random: random)
        }
    }

    @Test func `a file without end is not read to its end`() throws {
        try write(String(repeating: " ", count: (1 << 20) + 1))
        let error = #expect(throws: FileError.self) { try file.bookID() }
        #expect(error?.code == EFBIG)
    }

    private func read() throws -> String {
        try String(contentsOfFile: file.path, encoding: .utf8)
    }

    private func write(_ content: String) throws {
        try Data(content.utf8).write(to: URL(fileURLWithPath: file.path))
    }
}
