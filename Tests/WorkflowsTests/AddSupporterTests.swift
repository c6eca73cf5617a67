import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct AddSupporterTests {
    @Test func `a person is entered as they were described`() async throws {
        let test = try await TestBook()
        let supporter = try await AddSupporter.run(
            PersonInput(
                email: " Reader@Example.org", name: "Ana", locale: "pt_BR", country: "BR",
                timeZone: "America/Sao_Paulo"), in: test.context())
        #expect(
            supporter.contact
                == Contact(
                    email: try EmailAddress(" Reader@Example.org"), name: "Ana", locale: "pt-BR",
                    timeZone: "America/Sao_Paulo", country: "BR"))
        #expect(supporter.confirmedAt == nil)
        #expect(try await test.supporters() == [supporter])
        #expect(try await test.history(of: supporter.id.text) == ["supporter.created"])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: ["reader@example.org", "READER@EXAMPLE.ORG", " reader@Example.org "])
    func `an address stands in the book once, and who has it is said`(
        address: String
    ) async throws {
        let test = try await TestBook()
        let first = try await AddSupporter.run(
            PersonInput(email: "reader@example.org"), in: test.context())
        let message = await expectRefusal(.conflict, field: .email) {
            try await AddSupporter.run(PersonInput(email: address, name: "N"), in: test.context())
        }
        #expect(message.contains(first.id.text))
        #expect(try await test.supporters() == [first])
    }

    @Test(arguments: [
        (PersonInput(email: "nobody"), Problem.Field.email), (PersonInput(email: ""), .email),
        (PersonInput(email: "a@b@example.org"), .email),
        (PersonInput(email: "r@example.org", locale: "english please"), .locale),
        (PersonInput(email: "r@example.org", country: "Germany!"), .country),
        (PersonInput(email: "r@example.org", country: "ZZ"), .country),
        (PersonInput(email: "r@example.org", timeZone: "Mars/Olympus"), .timeZone),
        (PersonInput(email: "r@example.org", name: cardNumber), .name),
        (PersonInput(email: "r@example.org\nBcc: x@example.org"), .email),
    ])
    func `what is not well formed is refused by its field, without the value`(
        person: PersonInput, field: Problem.Field
    ) async throws {
        let test = try await TestBook()
        let message = await expectRefusal(.invalid, field: field) {
            try await AddSupporter.run(person, in: test.context())
        }
        let values = [person.email, person.name, person.locale, person.country, person.timeZone]
        for value in values.compactMap({ $0 }) where !value.isEmpty {
            #expect(!message.contains(value))
        }
        #expect(try await test.supporters().isEmpty)
    }

    @Test func `nothing of a person can be read in the file`() async throws {
        let test = try await TestBook()
        let supporter = try await AddSupporter.run(
            PersonInput(
                email: "in-plain-sight@example.org", name: "In Plain Sight", locale: "ru",
                country: "GE", timeZone: "Asia/Tbilisi"),
            in: test.context(actor: .cli(user: "staff-in-plain-sight")))
        #expect(try test.fileHolds(supporter.id.text))
        for text in ["plain-sight", "In Plain Sight", "Asia/Tbilisi"] {
            #expect(try test.fileHolds(text) == false)
        }
    }
}
