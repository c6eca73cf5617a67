import Foundation
import Pledging
import Testing

struct TypeIDTests {
    @Test(arguments: try Vectors.load().valid)
    func `a valid id reads as its UUID and is written as it was`(vector: Vectors.Valid) throws {
        let id = try TypeID(parsing: vector.typeid)
        #expect(id.prefix == vector.prefix)
        let bits = try #require(vector.bits)
        #expect(id.bits == bits)
        #expect(TypeID(prefix: vector.prefix, bits: bits).description == vector.typeid)
    }

    @Test(arguments: try Vectors.load().invalid)
    func `an invalid id is refused with a reason`(text: String) {
        let error = #expect(throws: TypeIDError.self) { try TypeID(parsing: text) }
        #expect(error?.description.hasPrefix("the id") == true)
    }

    @Test(arguments: [
        ("", TypeIDError.badLength),
        ("_00000000000000000000000000", .emptyPrefix),
        (String(repeating: "a", count: 64) + "_00000000000000000000000000", .prefixTooLong),
        ("Sup_00000000000000000000000000", .badPrefix),
        ("sup_0000000000000000000000000", .badLength),
        ("sup_0000000000000000000000000u", .badCharacter),
        ("sup_80000000000000000000000000", .tooLarge),
    ])
    func `each rule of the format has its own reason`(text: String, reason: TypeIDError) {
        #expect(throws: reason) { try TypeID(parsing: text) }
    }

    @Test func `an entity's id reads back from its text and from no other entity's`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<10_000 {
            let id = ID<Supporter>(bits: generator.next128())
            try #require(try ID<Supporter>(parsing: id.text) == id)
        }
        let text = ID<Supporter>(bits: 1).text
        #expect(text == "sup_00000000000000000000000001")
        #expect(throws: TypeIDError.wrongPrefix(expected: "plg")) { try ID<Pledge>(parsing: text) }
    }

    @Test func `ids sort as texts as they do as numbers`() {
        var generator = SeededGenerator(seed: 2)
        let ids = (0..<1_000).map { _ in ID<Pledge>(bits: generator.next128()) }
        #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    }
}

struct Vectors: Decodable {
    struct Valid: Decodable, Sendable {
        let prefix: String
        let typeid: String
        let uuid: String

        var bits: UInt128? { UInt128(uuid.filter { $0 != "-" }, radix: 16) }
    }

    let valid: [Valid]
    let invalid: [String]

    static func load() throws -> Vectors {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/typeid-vectors", withExtension: "json"))
        return try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: url))
    }
}
