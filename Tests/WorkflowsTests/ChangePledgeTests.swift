import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ChangePledgeTests {
    @Test(arguments: [PledgeState.pending, .active, .pastDue, .paused])
    func `a lower amount holds from the next charge, whoever sets it`(
        state: PledgeState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let changed = try await ChangePledge.run(
            pledge.id, .init(amount: "3.50"), in: test.context())
        var expected = pledge
        expected.amount = Money(minorUnits: 350, currency: pledge.amount.currency)
        expected.version = 2
        #expect(changed == expected)
        #expect(try await test.pledges() == [expected])
        #expect(
            try await test.history(of: pledge.id.text) == ["pledge.registered", "pledge.changed"])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [
        Actor.cli(user: "tester"), .token("tok"), .job("billing"), .processor("sandbox"),
    ])
    func `a rise by anybody but the reader is not permitted`(actor: Actor) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        await expectRefusal(.notPermitted, field: .amount) {
            try await ChangePledge.run(
                pledge.id, .init(amount: "5.01"), in: test.context(actor: actor))
        }
        #expect(try await test.pledges() == [pledge])
    }

    @Test func `a higher monthly amount is a rise even if less is collected at a time`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        _ = try await ChangePledge.run(
            pledge.id, .init(collectEvery: 12), in: test.context(actor: .reader))
        await expectRefusal(.notPermitted, field: .amount) {
            try await ChangePledge.run(
                pledge.id, .init(amount: "6.00", collectEvery: 1), in: test.context())
        }
    }

    @Test func `a rise by the reader is taken`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        let changed = try await ChangePledge.run(
            pledge.id, .init(amount: "5.01"), in: test.context(actor: .reader))
        #expect(changed.amount.minorUnits == 501)
        let event = try #require(try await test.events().first { $0.type == "pledge.changed" })
        #expect(event.actor == "reader")
        #expect(try await test.faults() == [])
    }

    @Test func `the same amount changes nothing`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        #expect(
            try await ChangePledge.run(pledge.id, .init(amount: "5"), in: test.context()) == pledge)
        #expect(try await test.history(of: pledge.id.text) == ["pledge.registered"])
    }

    @Test(arguments: ["1.99", "10000.01", "0", "", "5,00", "-5.00", "1e1", "5.001", cardNumber])
    func `an amount out of limits or form is refused`(amount: String) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        await expectRefusal(.invalid, field: .amount) {
            try await ChangePledge.run(
                pledge.id, .init(amount: amount), in: test.context(actor: .reader))
        }
        #expect(try await test.pledges() == [pledge])
    }

    @Test(arguments: [PledgeState.completed, .cancelled, .lapsed, .abandoned])
    func `an ended pledge cannot be changed`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        let message = await expectRefusal(.conflict) {
            try await ChangePledge.run(pledge.id, .init(amount: "3.00"), in: test.context())
        }
        #expect(message == over(state))
        #expect(try await test.pledges() == [pledge])
    }

    @Test func `a pledge that is not there is named`() async throws {
        let test = try await TestBook()
        let id = ID<Pledge>(bits: 1)
        let message = await expectRefusal(.notFound) {
            try await ChangePledge.run(id, .init(amount: "3.00"), in: test.context())
        }
        #expect(message == "there is no pledge \(id)")
    }
}
