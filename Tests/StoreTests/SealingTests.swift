import OpenSSL
import Pledging
import TestSupport
import Testing

@testable import Store

@Suite struct SealingTests {
    @Test(arguments: SealPurpose.allCases)
    func `what is sealed opens for its own row and purpose`(purpose: SealPurpose) throws {
        let keys = try makeKeys()
        let fields: [String?] = ["reader@example.org", nil, "", "花子"]
        let blob = try keys.seal(SealedFields(fields), purpose, row: "row_1")
        #expect(try keys.open(blob, purpose, row: "row_1", fields: 4) == fields)
    }

    @Test(arguments: SealPurpose.allCases)
    func `what was moved to another row or purpose does not open`(purpose: SealPurpose) throws {
        let keys = try makeKeys()
        let blob = try keys.seal(SealedFields(["x"]), purpose, row: "row_1")
        for row in ["row_2", "row_", "row_11", ""] {
            #expect(throws: SealError.notAuthentic) {
                try keys.open(blob, purpose, row: row, fields: 1)
            }
        }
        for other in SealPurpose.allCases where other != purpose {
            #expect(throws: SealError.notAuthentic) {
                try keys.open(blob, other, row: "row_1", fields: 1)
            }
        }
    }

    @Test func `a change of any bit is noticed`() throws {
        let keys = try makeKeys()
        let blob = try keys.seal(SealedFields(["a name"]), .supporter, row: "row_1")
        for index in blob.indices {
            for bit in 0..<8 {
                var changed = blob
                changed[index] ^= 1 << bit
                let expected: SealError =
                    switch index {
                    case 0: .malformed
                    case 1, 2: .unknownKey(UInt16(changed[1]) << 8 | UInt16(changed[2]))
                    default: .notAuthentic
                    }
                #expect(throws: expected, "byte \(index), bit \(bit)") {
                    try keys.open(changed, .supporter, row: "row_1", fields: 1)
                }
            }
        }
    }

    @Test func `what is cut or lengthened does not open`() throws {
        let keys = try makeKeys()
        let blob = try keys.seal(SealedFields(["a name"]), .supporter, row: "row_1")
        for count in 0..<blob.count {
            #expect(throws: SealError.self, "\(count) bytes") {
                try keys.open(Array(blob.prefix(count)), .supporter, row: "row_1", fields: 1)
            }
        }
        #expect(throws: SealError.notAuthentic) {
            try keys.open(blob + [0], .supporter, row: "row_1", fields: 1)
        }
    }

    @Test func `a key that the ring does not hold is named`() throws {
        let entries = try makeKeys().entries
        let newer = try makeKeys(entries + [entry(0x1234, .seal)])
        try newer.use(sealKeyID: 0x1234, hashKeyID: newer.hashKeyID)
        let blob = try newer.seal(SealedFields(["x"]), .mail, row: "row_1")
        let error = #expect(throws: SealError.unknownKey(0x1234)) {
            try makeKeys(entries).open(blob, .mail, row: "row_1", fields: 1)
        }
        #expect(error?.description.contains("4660") == true)
    }

    @Test func `the key that the book names seals, and older ones still open`() throws {
        let older = try makeKeys()
        let newer = try makeKeys(older.entries + [entry(9, .seal)])
        let old = try older.seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(try newer.open(old, .mail, row: "row_1", fields: 1) == ["x"])
        #expect(try newer.resealed(old, .mail, row: "row_1") == nil)
        try newer.use(sealKeyID: 9, hashKeyID: newer.hashKeyID)
        let new = try newer.seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(Array(new[1...2]) == [0, 9])
        let resealed = try #require(try newer.resealed(old, .mail, row: "row_1"))
        #expect(Array(resealed[1...2]) == [0, 9])
        #expect(try newer.open(resealed, .mail, row: "row_1", fields: 1) == ["x"])
    }

    @Test func `a ring reads its file again when the book names a key that it lacks`() throws {
        let entries = try makeKeys().entries
        let added = try entry(9, .seal)
        let keys = try makeKeys(entries) { entries + [added] }
        let newer = try makeKeys(entries + [added])
        try newer.use(sealKeyID: 9, hashKeyID: newer.hashKeyID)
        let blob = try newer.seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(try keys.open(blob, .mail, row: "row_1", fields: 1) == ["x"])
        try keys.use(sealKeyID: 9, hashKeyID: keys.hashKeyID)
        #expect(keys.sealKeyID == 9)
        #expect(throws: KeyRingError.lacksKey(10)) {
            try keys.use(sealKeyID: 10, hashKeyID: keys.hashKeyID)
        }
        #expect(keys.sealKeyID == 9)
    }

    @Test func `a wiped ring opens and hashes nothing`() throws {
        let keys = try makeKeys()
        let blob = try keys.seal(SealedFields(["x"]), .mail, row: "row_1")
        keys.wipe()
        #expect(throws: SealError.self) {
            try keys.open(blob, .mail, row: "row_1", fields: 1)
        }
        #expect(throws: SealError.self) { try keys.hash(.email, texts: ["a"]) }
        #expect(keys.entries.isEmpty)
    }

    @Test func `another ring's key of the same number opens nothing`() throws {
        let blob = try makeKeys().seal(SealedFields(["x"]), .mail, row: "row_1")
        #expect(throws: SealError.notAuthentic) {
            try makeKeys().open(blob, .mail, row: "row_1", fields: 1)
        }
    }

    @Test func `the same text is never sealed to the same bytes`() throws {
        let keys = try makeKeys()
        let blobs = try (0..<1_000).map { _ in
            try keys.seal(SealedFields(["x"]), .mail, row: "row_1")
        }
        #expect(Set(blobs).count == blobs.count)
        // Nonces alone: two equal ones under one key would reveal both texts.
        #expect(Set(blobs.map { Array($0[3..<15]) }).count == blobs.count)
    }

    @Test(arguments: KeyEntry.Purpose.allCases)
    func `a ring must have a key of each purpose`(purpose: KeyEntry.Purpose) throws {
        let entries = try makeKeys().entries.filter { $0.purpose != purpose }
        #expect(throws: KeyRingError.incomplete) { try makeKeys(entries) }
    }
}

/// Makes a ring of new keys, or of `entries`.
func makeKeys(
    _ entries: [KeyEntry]? = nil, reload: @escaping @Sendable () throws -> [KeyEntry] = { [] }
) throws -> KeyRing {
    let random = RandomSource()
    let book: ID<BookIdentity> = try IDSource(random: random).next(at: .noon)
    guard let entries else {
        return try KeyRingFile.makeKeys(bookID: book, at: .noon, random: random)
    }
    return try KeyRing(bookID: book, entries: entries, random: random, reload: reload)
}

func entry(_ id: UInt16, _ purpose: KeyEntry.Purpose) throws -> KeyEntry {
    KeyEntry(
        id: id, purpose: purpose, createdAt: .noon,
        secret: try SecretBytes.random(count: KeyEntry.length))
}
