import Pledging
import TestSupport
import Testing
import Workflows

/// RegisterPledge: to whom a pledge belongs, and what no field of it may contain.
@Suite struct RegisterPersonTests {
    @Test(arguments: [
        "reader@пример.example", "READER@пример.example", "reader@ПРИМЕР.example",
        "Reader@xn--e1afmkfd.example", "  reader@xn--e1afmkfd.EXAMPLE ",
    ])
    func `another spelling of an address is the same supporter, who is not altered`(
        address: String
    ) async throws {
        let test = try await TestBook()
        let first = try await test.register {
            $0.person = PersonInput(
                email: "reader@пример.example", name: "First", locale: "ru", country: "GE",
                timeZone: "Asia/Tbilisi")
        }.pledge
        let second = try await test.register {
            $0.amount = "7.00"
            $0.person = PersonInput(
                email: address, name: "Somebody Else", locale: "en", country: "US",
                timeZone: "America/New_York")
        }
        #expect(second.pledge.supporterID == first.supporterID)
        let supporter = try #require(try await test.supporters().first)
        #expect(try await test.supporters().count == 1)
        #expect(
            supporter.contact
                == Contact(
                    email: try EmailAddress("reader@пример.example"), name: "First", locale: "ru",
                    timeZone: "Asia/Tbilisi", country: "GE"))
        #expect(supporter.contact?.email.typed == "reader@пример.example")
        #expect(supporter.version == 1)
        #expect(try await test.history(of: supporter.id.text) == ["supporter.created"])
        #expect(try await test.faults() == [])
    }

    @Test func `what a known supporter left empty stays empty`() async throws {
        let test = try await TestBook()
        try await test.register()
        try await test.register {
            $0.amount = "7.00"
            ($0.person.name, $0.person.locale, $0.person.timeZone) = ("N", "de", "Europe/Berlin")
        }
        let contact = try #require(try await test.supporters().first?.contact)
        #expect(contact.name == nil && contact.locale == nil && contact.timeZone == nil)
    }

    @Test func `the answer has the same members for a known address as for a new one`()
        async throws
    {
        let test = try await TestBook()
        let new = try await test.register().pledge.json
        let known = try await test.register { $0.amount = "7.00" }.pledge.json
        #expect(memberNames(new) == memberNames(known))
    }

    @Test(arguments: ["a.b@example.org", "reader+tag@example.org", "reader@example.com"])
    func `dots, tags and domains tell people apart`(address: String) async throws {
        let test = try await TestBook()
        try await test.register { $0.person.email = "ab@example.org" }
        try await test.register()
        try await test.register { $0.person.email = address }
        #expect(try await test.supporters().count == 3)
    }

    private static let spellings = [
        cardNumber, "4242 4242 4242 4242", "4242-4242-4242-4242", "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
    ]

    private static let fields:
        [(name: Problem.Field, set: @Sendable (inout Registration, String) -> Void)] = [
            (.email, { $0.person.email = $1 }), (.email, { $0.person.email = "a \($1)@b.org" }),
            (.name, { $0.person.name = "N \($1)" }), (.locale, { $0.person.locale = $1 }),
            (.country, { $0.person.country = $1 }), (.timeZone, { $0.person.timeZone = $1 }),
            (.source, { $0.source = $1 }), (.amount, { $0.amount = $1 }),
            (.currency, { $0.currency = $1 }), (.methodKind, { $0.method?.kind = $1 }),
            (.processor, { $0.method?.processor = $1 }),
            (.methodToken, { $0.method?.token = $1 }),
            (.processorCustomer, { $0.method?.customer = $1 }),
            (.mandate, { $0.method?.mandate = $1 }), (.methodBrand, { $0.method?.brand = $1 }),
            (.methodLast4, { $0.method?.last4 = $1 }),
            (.methodExpires, { $0.method?.expires = $1 }),
            (.methodCountry, { $0.method?.issuingCountry = $1 }),
            (.idempotencyKey, { $0.idempotencyKey = $1 }),
        ]

    @Test(arguments: fields.indices, spellings)
    func `no field takes a card number`(index: Int, spelling: String) async throws {
        let test = try await TestBook()
        let field = Self.fields[index]
        let message = await expectRefusal(.invalid, field: field.name) {
            try await test.register { field.set(&$0, spelling) }
        }
        #expect(!message.contains(spelling))
        #expect(try await test.supporters().isEmpty)
    }

    @Test(arguments: ["name\u{0}", "bell\u{7}", String(repeating: "n", count: 401)])
    func `a name with control characters, or one too long, is refused`(name: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .name) {
            try await test.register { $0.person.name = name }
        }
    }

    private func memberNames(_ json: JSON) -> [String] {
        guard case .object(let members) = json else { return [] }
        return members.map(\.name)
    }
}
