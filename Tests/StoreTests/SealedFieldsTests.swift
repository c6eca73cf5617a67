import Testing

@testable import Store

@Suite struct SealedFieldsTests {
    private static let lists: [[String?]] = [
        [], [nil], [""], ["", nil, ""], ["a", nil, "é", "花子", "👩‍👩‍👧"], [nil, nil, nil, nil, "z"],
        ["line\nbreak", "\0", "e\u{301}"],
    ]

    @Test(arguments: lists)
    func `texts come back, and nil is not the empty text`(fields: [String?]) throws {
        let bytes = SealedFields(fields).bytes
        let found = try SealedFields.decode(bytes, count: fields.count)
        #expect(found.map { $0.map { Array($0.utf8) } } == fields.map { $0.map { Array($0.utf8) } })
    }

    /// Lengths on both sides of where the varint takes another byte.
    @Test(arguments: [125, 126, 127, 128, 16_381, 16_382, 16_383, 16_384, 2_097_151, 2_097_152])
    func `a long text comes back`(count: Int) throws {
        let long = String(repeating: "x", count: count)
        let bytes = SealedFields([long, "after"]).bytes
        #expect(try SealedFields.decode(bytes, count: 2) == [long, "after"])
    }

    @Test func `an older blob has nothing where fields were added`() throws {
        let bytes = SealedFields(["a", "b"]).bytes
        #expect(try SealedFields.decode(bytes, count: 4) == ["a", "b", nil, nil])
        #expect(try SealedFields.decode([], count: 2) == [nil, nil])
    }

    @Test func `the first fields can be read alone`() throws {
        let bytes = SealedFields(["a", nil, "c"]).bytes
        #expect(try SealedFields.decode(bytes, count: 1) == ["a"])
        #expect(try SealedFields.decode(bytes, count: 2) == ["a", nil])
        #expect(try SealedFields.decode(bytes, count: 0).isEmpty)
    }

    @Test func `what is cut is malformed, or lacks whole fields at its end`() throws {
        let fields: [String?] = ["first", nil, "", String(repeating: "y", count: 300), "last"]
        let bytes = SealedFields(fields).bytes
        var malformed = 0
        for count in 0..<bytes.count {
            guard let found = try? SealedFields.decode(Array(bytes.prefix(count)), count: 5) else {
                malformed += 1
                continue
            }
            let whole = found.firstIndex { $0 == nil } ?? 5
            #expect(Array(found.prefix(whole)) == Array(fields.prefix(whole)))
            #expect(zip(found, fields).allSatisfy { $0 == nil || $0 == $1 })
        }
        // All cuts are malformed except those between two fields.
        #expect(malformed == bytes.count - fields.count)
    }

    @Test(arguments: [
        [UInt8](repeating: 0x80, count: 1), [0x80, 0x80, 0x80, 0x80, 0x01],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0xFF, 0xFF, 0xFF, 0x7F], [5, 97], [2],
    ])
    func `a length that leads nowhere is malformed`(bytes: [UInt8]) {
        #expect(throws: SealError.malformed) { try SealedFields.decode(bytes, count: 3) }
    }

    @Test func `what an answer is bound to is written as it always was`() {
        #expect(Transaction.rowName([0, 9, 15, 16, 171, 255]) == "0.9.f.10.ab.ff")
        #expect(Transaction.rowName([]) == "")
    }
}
