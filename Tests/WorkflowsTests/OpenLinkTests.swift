import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct OpenLinkTests {
    /// A reader whose pledge was just paid, and the token of the receipt's link.
    private func receipt(
        _ newsroom: Newsroom = .ready, _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (test: TestBook, pledge: Pledge, token: String) {
        let test = try await TestBook(newsroom: newsroom)
        let pledge = try await test.duePledge(change)
        try await test.bill(through: test.processor(.succeed))
        let mail = try #require(try await test.post().first)
        return (test, try await test.pledge(pledge.id), try #require(mail.token(of: "manage")))
    }

    private func open(_ token: String, _ test: TestBook) async throws -> OpenLink.View {
        try await OpenLink.run(token, in: test.context(actor: .reader))
    }

    @Test func `it shows what is the reader's own, and changes nothing`() async throws {
        let (test, pledge, token) = try await receipt { $0.locale = "ru-KZ" }
        try await test.plantDue { $0.email = "other@example.org" }
        let events = try await test.events().count
        let view = try await open(token, test)
        #expect(view.pledges == [pledge] && view.language == .russian && !view.isUnsubscribed)
        #expect(try await test.events().count == events)
        try await test.follow(token, .unsubscribe)
        #expect(try await open(token, test).isUnsubscribed)
    }

    @Test func `a link to a former address shows nothing`() async throws {
        let (test, pledge, token) = try await receipt()
        _ = try await UpdateSupporter.run(
            pledge.supporterID, .init(email: "new@example.org"), in: test.context())
        #expect(try await open(token, test).pledges.isEmpty)
        await expectRefusal(.notFound) {
            try await CancelPledge.run(
                pledge.id, because: .other, by: token, in: test.context())
        }
    }

    @Test func `a foreign or expired link is not found`() async throws {
        let (test, _, token) = try await receipt()
        for text in ["", "x", String(token.dropLast()), token + "x"] {
            await expectRefusal(.notFound) { try await open(text, test) }
        }
        test.now = test.now.adding(days: 4_000)
        await expectRefusal(.notFound) { try await open(token, test) }
    }

    @Test func `the newsroom's name is shown only to readers whose mails name it`() async throws {
        let (test, _, token) = try await receipt { $0.country = "RU" }
        let ready = Newsroom.ready
        #expect(try await open(token, test).newsroom == ready.name ?? ready.legalName)
        try await test.setPolicy(.warn, for: "RU")
        #expect(try await open(token, test).newsroom == ready.legalName)
        var discreet = ready
        discreet.profile = .discreet
        let other = try await receipt(discreet)
        #expect(try await open(other.token, other.test).newsroom == ready.legalName)
    }

    @Test func `the reader ends a pledge of theirs with it, and no other`() async throws {
        let (test, pledge, token) = try await receipt()
        let stranger = try await test.duePledge { $0.email = "other@example.org" }
        await expectRefusal(.notFound) {
            try await CancelPledge.run(
                stranger.id, because: .other, by: token, in: test.context())
        }
        for _ in 0..<2 {
            let ended = try await CancelPledge.run(
                pledge.id, because: .privacy, by: token, in: test.context())
            #expect(ended.state == .cancelled)
            #expect(ended.cancellation == Cancellation(reason: .privacy, by: .supporter))
        }
        let events = try await test.events().filter { $0.subjectID == pledge.id.text }
        #expect(events.count { $0.actor == "reader" } == 1)
        #expect(try await test.pledge(stranger.id).state == .active)
        try await expectSound(test)
    }
}
