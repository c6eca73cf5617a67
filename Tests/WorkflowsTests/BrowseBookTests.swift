import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct BrowseBookTests {
    @Test func `a person is found by id and by any spelling of the address`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        for key in [planted.supporter.id.text, "reader@example.org", " READER@Example.ORG"] {
            let record = try await BrowseBook.supporter(key, in: test.context())
            #expect(record.supporter == planted.supporter)
            #expect(record.pledges == [try #require(planted.pledge)])
            #expect(record.methods == [try #require(planted.method)])
            #expect(record.reminders.isEmpty)
        }
    }

    @Test func `somebody who is not there is not found, and the address is not repeated`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plant()
        let byAddress = await expectRefusal(.notFound) {
            try await BrowseBook.supporter("nobody@example.org", in: test.context())
        }
        #expect(byAddress == "there is no supporter with that address")
        await expectRefusal(.notFound) {
            try await BrowseBook.supporter(ID<Supporter>(bits: 1).text, in: test.context())
        }
        let pledge = try #require(planted.pledge)
        for wrong in ["nobody", "", pledge.id.text, planted.supporter.id.text + "0"] {
            await expectRefusal(.invalid, field: .supporter) {
                try await BrowseBook.supporter(wrong, in: test.context())
            }
        }
    }

    @Test func `pledge, method and reminder are found by their ids, or named`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let (pledge, method) = (try #require(planted.pledge), try #require(planted.method))
        let context = try test.context()
        #expect(try await BrowseBook.pledge(pledge.id, in: context) == pledge)
        #expect(try await BrowseBook.paymentMethod(method.id, in: context) == method)
        let missing = [
            await expectRefusal(.notFound) {
                try await BrowseBook.pledge(ID(bits: 1), in: context)
            },
            await expectRefusal(.notFound) {
                try await BrowseBook.paymentMethod(ID(bits: 1), in: context)
            },
            await expectRefusal(.notFound) {
                try await BrowseBook.reminder(ID(bits: 1), in: context)
            },
        ]
        #expect(
            missing.map { $0.split(separator: "_")[0] } == [
                "there is no pledge plg", "there is no payment method pmt",
                "there is no reminder rem",
            ])
    }

    @Test(arguments: [1, 499, 500, 501, 1_001])
    func `a list of any length is whole and in order`(count: Int) async throws {
        let test = try await TestBook()
        let rows = (1...count).map { "r\($0)@example.org" }
        _ = try await test.importing(Array(("email\n" + rows.joined(separator: "\n")).utf8))
        let people = try await test.supporters()
        #expect(people.compactMap { $0.contact?.email.typed } == rows)
        #expect(people.map(\.id) == people.map(\.id).sorted())
        let events = try await test.events()
        #expect(events.map(\.subjectID) == people.map(\.id.text))
    }

    @Test(arguments: PledgeState.allCases)
    func `pledges are listed by state`(state: PledgeState) async throws {
        let test = try await TestBook()
        for other in PledgeState.allCases {
            try await test.plant(in: other) { $0.email = "\(other.rawValue)@example.org" }
        }
        var found: [Pledge] = []
        try await BrowseBook.pledges(state: state, in: test.context()).each { found.append($0) }
        #expect(found.map(\.state) == [state])
        #expect(try await test.pledges().count == PledgeState.allCases.count)
    }

    @Test func `events are listed by type, subject and time`() async throws {
        let test = try await TestBook()
        let first = try await test.register().pledge
        test.now = test.now.adding(hours: 1)
        let since = test.now
        _ = try await ChangePledge.run(first.id, .init(amount: "3.00"), in: test.context())
        try await test.register { $0.person.email = "other@example.org" }

        func types(
            _ type: EventType? = nil, _ subject: String? = nil, _ since: Instant? = nil
        ) async throws -> [String] {
            var found: [String] = []
            try await BrowseBook.events(
                type: type, subjectID: subject, since: since, in: test.context()
            ).each { found.append($0.type) }
            return found
        }
        #expect(try await types().count == 7)
        #expect(try await types(.pledgeRegistered).count == 2)
        #expect(
            try await types(nil, first.id.text) == ["pledge.registered", "pledge.changed"])
        #expect(try await types(nil, first.id.text, since) == ["pledge.changed"])
        #expect(try await types(nil, nil, since).count == 4)
        #expect(try await types(.pledgeRegistered, first.id.text, since).isEmpty)
    }

    @Test func `who acted at the command line is known to the book alone`() async throws {
        let test = try await TestBook()
        try await test.register(actor: .cli(user: "maria-of-staff"))
        let events = try await test.events()
        #expect(events.allSatisfy { $0.actor == "cli" && $0.person == "maria-of-staff" })
        #expect(events.allSatisfy { !$0.body.contains("maria-of-staff") })
        #expect(try test.fileHolds("maria-of-staff") == false)
    }

    @Test func `an error of a list's reader ends the list`() async throws {
        let test = try await TestBook()
        try await test.plant()
        await expectRefusal(.inputOutput) {
            try await BrowseBook.supporters(in: test.context()).each { _ in
                throw Problem(.inputOutput, "the pipe is closed")
            }
        }
    }
}
