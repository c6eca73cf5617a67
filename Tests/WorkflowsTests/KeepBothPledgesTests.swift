import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct KeepBothPledgesTests {
    @Test func `only the reader's own link answers, and only what was asked`() async throws {
        let test = try await TestBook(newsroom: .ready)
        let pledge = try await test.duePledge()
        let other = try await test.duePledge { $0.email = "other@example.org" }
        try await test.bill(through: test.processor(.succeed))
        let token = try #require(try await test.post().first?.token(of: "manage"))
        let own = try await OpenLink.run(token, in: test.context()).pledges
        let foreign = own.contains { $0.id == pledge.id } ? other : pledge
        await expectRefusal(.notFound) {
            _ = try await KeepBothPledges.run(foreign.id, by: token, in: test.context())
        }
        await expectRefusal(.notFound) {
            _ = try await KeepBothPledges.run(own[0].id, by: "none", in: test.context())
        }
        let events = try await test.events().count
        #expect(
            try await !KeepBothPledges.run(own[0].id, by: token, in: test.context()))
        #expect(try await test.events().count == events)
    }
}
