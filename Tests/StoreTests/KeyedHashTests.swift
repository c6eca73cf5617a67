import Pledging
import TestSupport
import Testing

@testable import Store

@Suite struct KeyedHashTests {
    @Test(arguments: [
        (["a", "bc"], ["ab", "c"]), (["abc"], ["a", "b", "c"]), (["a", ""], ["a"]),
        (["", "a"], ["a", ""]), ([], [""]), (["a"], ["a", "", ""]),
        (["\0\0\0\u{1}a"], ["a"]),
    ])
    func `lists of texts that join alike do not hash alike`(
        one: [String], other: [String]
    ) throws {
        let keys = try makeKeys()
        #expect(try keys.hash(.request, texts: one) != keys.hash(.request, texts: other))
        #expect(try keys.hash(.request, texts: one) == keys.hash(.request, texts: one))
    }

    @Test func `each purpose and each key has hashes of its own`() throws {
        let rings = [try makeKeys(), try makeKeys()]
        var hashes: Set<[UInt8]> = []
        for ring in rings {
            for purpose in HashPurpose.allCases {
                // Without the key's number, which both rings share.
                hashes.insert(Array(try ring.hash(purpose, texts: ["a"]).dropFirst(2)))
            }
        }
        #expect(hashes.count == rings.count * HashPurpose.allCases.count)
    }

    @Test func `a hash names its key and has 128 bits`() throws {
        let older = try makeKeys()
        let hash = try older.hash(.email, texts: ["a"])
        #expect(hash.count == 18)
        #expect(Array(hash.prefix(2)) == [0, 2])
        let newer = try makeKeys(older.entries + [entry(0x0102, .hash)])
        #expect(try newer.hash(.email, texts: ["a"]) == hash)
        try newer.use(sealKeyID: newer.sealKeyID, hashKeyID: 0x0102)
        let hashes = try newer.hashes(.email, texts: ["a"])
        #expect(hashes.map { Array($0.prefix(2)) } == [[1, 2], [0, 2]])
        #expect(hashes.last == hash)
    }

    @Test func `what an older key hashed still compares`() throws {
        let older = try makeKeys()
        let hash = try older.hash(.redaction, [[1], [2]])
        let newer = try makeKeys(older.entries + [entry(0x0102, .hash)])
        #expect(try newer.hash(.redaction, [[1], [2]]) == hash)
        try newer.use(sealKeyID: newer.sealKeyID, hashKeyID: 0x0102)
        let hashes = try newer.hashes(.redaction, [[1], [2]])
        #expect(hashes.count == 2 && hashes.last == hash)
    }

    @Test(arguments: [
        ("reader@example.org", "READER@EXAMPLE.ORG"),
        ("reader@example.org", " reader@example.org "),
        ("e\u{301}@example.org", "é@example.org"),
        ("a@müller.example", "a@xn--mller-kva.example"),
    ])
    func `two ways of writing an address have one hash`(one: String, other: String) throws {
        let keys = try makeKeys()
        let hashes = try [one, other].map { try keys.emailHash(EmailAddress($0)) }
        #expect(hashes[0] == hashes[1])
    }

    @Test(arguments: [
        ("reader@example.org", "reader+tag@example.org"), ("a.b@example.org", "ab@example.org"),
        ("a@example.org", "a@example.net"),
    ])
    func `two addresses have two`(one: String, other: String) throws {
        let keys = try makeKeys()
        let hashes = try [one, other].map { try keys.emailHash(EmailAddress($0)) }
        #expect(hashes[0] != hashes[1])
    }
}
