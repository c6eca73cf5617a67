import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct CancelPledgeTests {
    private func cancel(
        _ pledge: Pledge, _ reason: Cancellation.Reason = .other,
        by party: Cancellation.Party = .supporter, note: String? = nil, in test: TestBook
    ) async throws -> Pledge {
        try await CancelPledge.run(
            pledge.id, Cancellation(reason: reason, by: party, note: note),
            in: test.context(actor: .reader))
    }

    @Test(arguments: [PledgeState.pending, .active, .pastDue, .paused])
    func `any live pledge can be cancelled`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let cancelled = try await cancel(pledge, .cannotAfford, in: test)
        #expect(cancelled.state == .cancelled)
        #expect(cancelled.nextChargeOn == nil && cancelled.pausedUntil == nil)
        #expect(cancelled.endedAt == test.now)
        #expect(cancelled.cancellation == Cancellation(reason: .cannotAfford, by: .supporter))
        #expect(try await test.pledges() == [cancelled])
        #expect(
            try await test.history(of: pledge.id.text) == [
                "pledge.registered", "pledge.cancelled",
            ])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: Cancellation.Reason.allCases, Cancellation.Party.allCases)
    func `every reason is kept with its party`(
        reason: Cancellation.Reason, party: Cancellation.Party
    ) async throws {
        let test = try await TestBook()
        let cancelled = try await cancel(
            try await test.plantPledge(), reason, by: party, in: test)
        #expect(try await test.pledges() == [cancelled])
        let event = try await test.events().first { $0.type == "pledge.cancelled" }
        let body = try #require(event?.body)
        #expect(body.contains("\"reason\":\"\(reason.rawValue)\""))
        #expect(body.contains("\"cancelled_by\":\"\(party.rawValue)\""))
    }

    @Test func `cancelled twice is cancelled once, for the first reason`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        let first = try await cancel(pledge, .privacy, in: test)
        test.now = test.now.adding(days: 1)
        let second = try await cancel(pledge, .other, by: .staff, note: "again", in: test)
        #expect(second == first)
        #expect(try await test.history(of: pledge.id.text).count == 2)
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [PledgeState.completed, .lapsed, .abandoned])
    func `a pledge that ended otherwise is not cancelled`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let message = await expectRefusal(.conflict) { try await cancel(pledge, in: test) }
        #expect(message == over(state))
        #expect(try await test.pledges() == [pledge])
    }

    @Test func `the reader's own words stand in the row alone, sealed`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        let words = "they-follow-me\nand my neighbours"
        let cancelled = try await cancel(pledge, note: words, in: test)
        #expect(cancelled.cancellation?.note == words)
        #expect(try await test.pledges().first?.cancellation?.note == words)
        #expect(try await test.events().allSatisfy { !$0.body.contains("they-follow-me") })
        #expect(try test.fileHolds(pledge.id.text))
        #expect(try test.fileHolds("they-follow-me") == false)
    }

    @Test(arguments: Cancellation.Reason.allCases.filter { $0 != .other })
    func `free text is allowed only with the reason other`(reason: Cancellation.Reason) async throws
    {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        await expectRefusal(.invalid, field: .note) {
            try await cancel(pledge, reason, note: "words", in: test)
        }
        #expect(try await test.pledges() == [pledge])
    }

    @Test func `five hundred characters of any script are taken`() async throws {
        let test = try await TestBook()
        let words = String(repeating: "ჟ", count: 500)
        let cancelled = try await cancel(try await test.plantPledge(), note: words, in: test)
        #expect(cancelled.cancellation?.note == words)
    }

    @Test(arguments: [
        String(repeating: "ჟ", count: 501), "my card is \(cardNumber)", "bell\u{7}",
        // One character, but thousands of bytes.
        "e" + String(repeating: "\u{301}", count: 4_000),
    ])
    func `words too long, or that hold what may not be kept, are refused`(
        words: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        await expectRefusal(.invalid, field: .note) {
            try await cancel(pledge, note: words, in: test)
        }
        #expect(try await test.pledges() == [pledge])
    }
}
