import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ExportSupporterTests {
    private func export(_ id: ID<Supporter>, of test: TestBook) async throws -> JSON {
        try await ExportSupporter.run(id, in: test.context())
    }

    /// A person about whom the book holds everything that it can.
    private func fullPerson(in test: TestBook) async throws -> Supporter {
        let pledge = try await test.register {
            $0.person = PersonInput(
                email: "Reader@Example.org", name: "Ana", locale: "pt-BR", country: "BR",
                timeZone: "America/Sao_Paulo")
            $0.method = MethodInput(
                token: "tok_mine", customer: "cus_mine", mandate: "mnd_mine", brand: "visa",
                last4: "4242", expires: "2029-04", issuingCountry: "BR")
            $0.source = "autumn"
        }.pledge
        _ = try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: "reader@example.org"), choice: .every(months: 3),
                door: "page", wording: "wording-2026"), in: test.context(actor: .reader))
        _ = try await CancelPledge.run(
            pledge.id, Cancellation(reason: .other, by: .supporter, note: "my words"),
            in: test.context(actor: .reader))
        return try #require(try await test.supporters().first { $0.id == pledge.supporterID })
    }

    @Test func `all that is held on a person is in it`() async throws {
        let test = try await TestBook()
        let text = try await export(fullPerson(in: test).id, of: test).text
        for held in [
            "Reader@Example.org", "Ana", "pt-BR", "America/Sao_Paulo", "tok_mine", "cus_mine",
            "mnd_mine", "visa", "4242", "2029-04", "autumn", "my words", "wording-2026", "page",
            "confirmReminder",
        ] {
            #expect(text.contains(held), "\(held)")
        }
    }

    @Test func `every event about the person or what is theirs is in it`() async throws {
        let test = try await TestBook()
        try await test.register { $0.person.email = "other@example.org" }
        let person = try await fullPerson(in: test)
        let json = try await export(person.id, of: test)
        guard case .array(let events)? = json["events"] else {
            Issue.record("no events")
            return
        }
        let all = try await test.events()
        let own = all.filter { $0.body.contains(person.id.text) }.map(\.body)
        #expect(own.count == 5 && all.count == own.count + 3)
        #expect(Set(events.map(\.text)) == Set(own))
    }

    @Test func `nothing of anybody else is in it`() async throws {
        let test = try await TestBook()
        let other = try await test.register {
            ($0.person.email, $0.person.name) = ("other@example.org", "Somebody Else")
            $0.method?.token = "tok_other"
        }.pledge
        let text = try await export(fullPerson(in: test).id, of: test).text
        for strange in [
            other.id.text, other.supporterID.text, "other@example.org", "Somebody Else",
            "tok_other",
        ] {
            #expect(!text.contains(strange))
        }
    }

    @Test func `an opt-out is told`() async throws {
        let test = try await TestBook()
        let person = try await fullPerson(in: test)
        #expect(try await export(person.id, of: test)["suppressions"] == .array([]))
        try await SuppressAddress.run("reader@example.org", .support, .staff, in: test.context())
        let told = try await export(person.id, of: test)["suppressions"]
        guard case .array(let rows) = told else {
            Issue.record("the list is missing in the export")
            return
        }
        #expect(rows.map { $0["scope"] } == [.string("support")])
        #expect(rows.map { $0["reason"] } == [.string("staff")])
    }

    @Test func `of an erased person no personal datum is left to be told`() async throws {
        let test = try await TestBook()
        let person = try await fullPerson(in: test)
        _ = try await EraseSupporter.run(person.id, by: .supporter, in: test.context())
        let json = try await export(person.id, of: test)
        #expect(json["email"] == nil && json["erased_at"] != nil)
        // Ids are left out: by chance, one contains any three letters or four digits.
        let told = json.text.replacing(#/[a-z]{3}_[0-9a-z]{26}/#, with: "").lowercased()
        for gone in ["example.org", "Ana", "tok_mine", "visa", "4242", "my words", "autumn"] {
            #expect(!told.contains(gone.lowercased()), "\(gone)")
        }
    }

    @Test func `somebody who is not there is named`() async throws {
        let test = try await TestBook()
        let id = ID<Supporter>(bits: 1)
        let message = await expectRefusal(.notFound) { try await export(id, of: test) }
        #expect(message == "there is no supporter \(id)")
    }
}
