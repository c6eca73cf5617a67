import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct AttachPaymentMethodTests {
    @Test func `an attached method leaves the pledges as they are`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let method = try await AttachPaymentMethod.run(
            .new, to: planted.supporter.id, paying: nil, in: test.context())
        #expect(method.state == .active)
        #expect(method.secret?.customer == "cus_new" && method.secret?.mandate == "mnd_new")
        #expect(try await test.methods().contains(method))
        #expect(try await test.pledges() == [try #require(planted.pledge)])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [PledgeState.pending, .active, .pastDue, .paused])
    func `attached to a live pledge, it pays from now on`(state: PledgeState) async throws {
        let test = try await TestBook()
        let planted = try await test.plant(in: state)
        let pledge = try #require(planted.pledge)
        let method = try await AttachPaymentMethod.run(
            .new, to: planted.supporter.id, paying: pledge.id, in: test.context())
        let paid = try #require(try await test.pledges().first)
        #expect(paid.paymentMethodID == method.id)
        #expect(paid.state == state && paid.nextChargeOn == pledge.nextChargeOn)
        #expect(try await test.history(of: pledge.id.text).last == "pledge.changed")
        #expect(try await test.methods().first?.state == .active)
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [PledgeState.completed, .cancelled, .lapsed, .abandoned])
    func `no method is attached to a pledge that is over`(state: PledgeState) async throws {
        let test = try await TestBook()
        let planted = try await test.plant(in: state)
        let message = await expectRefusal(.conflict) {
            try await AttachPaymentMethod.run(
                .new, to: planted.supporter.id, paying: planted.pledge?.id, in: test.context())
        }
        #expect(message == over(state))
        #expect(try await test.methods().count == 1)
    }

    @Test func `a method pays for its own supporter's pledge only`() async throws {
        let test = try await TestBook()
        let other = try await test.plantPledge { $0.email = "other@example.org" }
        let planted = try await test.plant()
        await expectRefusal(.invalid, field: .linkedPledge) {
            try await AttachPaymentMethod.run(
                .new, to: planted.supporter.id, paying: other.id, in: test.context())
        }
        await expectRefusal(.notFound) {
            try await AttachPaymentMethod.run(
                .new, to: ID(bits: 1), paying: nil, in: test.context())
        }
        #expect(try await test.methods().count == 2)
    }

    @Test(arguments: MethodInput.malformed)
    func `a method that is not well described changes nothing`(
        details: MethodInput
    ) async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let old = try #require(planted.method)
        await #expect(throws: Problem.self) {
            try await AttachPaymentMethod.run(
                details, to: planted.supporter.id, paying: nil, in: test.context())
        }
        #expect(try await test.methods() == [old])
        #expect(try await test.faults() == [])
    }
}
