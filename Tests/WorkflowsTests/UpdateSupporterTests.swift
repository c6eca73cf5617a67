import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct UpdateSupporterTests {
    private func update(
        _ planted: Planted, _ changes: UpdateSupporter.Changes, in test: TestBook
    ) async throws -> Supporter {
        try await UpdateSupporter.run(planted.supporter.id, changes, in: test.context())
    }

    @Test func `what is given changes, an empty text removes, the rest stays`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.name = "Ada"
            $0.locale = "en"
            $0.isConfirmed = true
        }
        let updated = try await update(
            planted, .init(name: "", country: "GB", timeZone: "Europe/London"), in: test)
        let contact = try #require(updated.contact)
        #expect(contact.email.typed == "reader@example.org")
        #expect(contact.name == nil && contact.locale == "en")
        #expect(contact.country == "GB" && contact.timeZone == "Europe/London")
        #expect(updated.confirmedAt != nil)
        #expect(try await test.supporters() == [updated])
        #expect(try await test.mails().isEmpty)
        #expect(
            try await test.history(of: updated.id.text) == [
                "supporter.created", "supporter.updated",
            ])
        try await expectSound(test)
    }

    @Test func `changing nothing writes nothing`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant { $0.name = "Ada" }
        #expect(try await update(planted, .init(), in: test) == planted.supporter)
        #expect(try await update(planted, .init(name: "Ada"), in: test) == planted.supporter)
        #expect(try await test.history(of: planted.supporter.id.text).count == 1)
    }

    @Test func `a change of address tells the old one, and confirms nothing`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant { $0.isConfirmed = true }
        let updated = try await update(planted, .init(email: "New@Example.org"), in: test)
        #expect(updated.confirmedAt == nil)
        let mails = try await test.post()
        #expect(mails.map { $0.headers["to"] } == ["reader@example.org"])
        #expect(mails.allSatisfy { !$0.body.lowercased().contains("new@example.org") })
        let found = try await BrowseBook.supporter("new@example.org", in: test.context())
        #expect(found.supporter == updated)
        try await expectSound(test)
    }

    @Test func `each change of address has its own notice`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        _ = try await update(planted, .init(email: "second@example.org"), in: test)
        _ = try await update(planted, .init(email: "third@example.org"), in: test)
        let addressees = try await test.post().map { $0.headers["to"] }
        #expect(Set(addressees) == ["reader@example.org", "second@example.org"])
        #expect(addressees.count == 2)
    }

    @Test func `another spelling of the address is the same address`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant { $0.isConfirmed = true }
        let updated = try await update(planted, .init(email: "Reader@EXAMPLE.org"), in: test)
        #expect(updated.contact?.email.typed == "Reader@EXAMPLE.org")
        #expect(updated.confirmedAt != nil)
        #expect(try await test.mails().isEmpty)
    }

    @Test func `the old address is told even if the new one takes no mail`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        try await SuppressAddress.run("dead@example.org", .all, .bounce, in: test.context())
        _ = try await update(planted, .init(email: "dead@example.org"), in: test)
        #expect(
            try await test.post().map { $0.headers["to"] } == ["reader@example.org"])
    }

    @Test func `an old address that takes no mail is not told`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        try await SuppressAddress.run("reader@example.org", .all, .bounce, in: test.context())
        _ = try await update(planted, .init(email: "new@example.org"), in: test)
        #expect(try await test.post().isEmpty)
    }

    @Test func `an address of somebody else is refused`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        try await test.plant { $0.email = "other@example.org" }
        let problem = await #expect(throws: Problem.self) {
            try await update(planted, .init(email: "OTHER@example.org"), in: test)
        }
        #expect(problem?.kind == .conflict)
        #expect(try await test.supporters().contains(planted.supporter))
        #expect(try await test.mails().isEmpty)
        try await expectSound(test)
    }

    private static let refused: [(UpdateSupporter.Changes, Problem.Field)] = [
        (.init(email: ""), .email), (.init(email: "nobody"), .email),
        (.init(name: "4242 4242 4242 4242"), .name), (.init(locale: "!!"), .locale),
        (.init(country: "XX"), .country), (.init(timeZone: "Mars/Olympus"), .timeZone),
    ]

    @Test(arguments: refused)
    func `a value against the rules is refused`(
        changes: UpdateSupporter.Changes, field: Problem.Field
    ) async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let problem = await #expect(throws: Problem.self) {
            try await update(planted, changes, in: test)
        }
        #expect(problem?.kind == .invalid && problem?.field == field)
        #expect(try await test.supporters() == [planted.supporter])
    }

    @Test func `an erased person is not known again`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        _ = try await EraseSupporter.run(planted.supporter.id, by: .staff, in: test.context())
        let problem = await #expect(throws: Problem.self) {
            try await update(planted, .init(name: "Ada"), in: test)
        }
        #expect(problem?.kind == .conflict)
    }
}
