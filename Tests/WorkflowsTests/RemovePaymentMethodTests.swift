import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct RemovePaymentMethodTests {
    private func remove(
        _ method: PaymentMethod, cancellingPledges: Bool = false, in test: TestBook
    ) async throws -> PaymentMethod {
        try await RemovePaymentMethod.run(
            method.id, cancellingPledges: cancellingPledges, by: .staff, in: test.context())
    }

    @Test(arguments: [PledgeState.pending, .active, .pastDue, .paused])
    func `a method that a live pledge pays by stays`(state: PledgeState) async throws {
        let test = try await TestBook()
        let method = try #require(try await test.plant(in: state).method)
        let message = await expectRefusal(.conflict) { try await remove(method, in: test) }
        #expect(message.contains("--cancel-pledges"))
        #expect(try await test.methods() == [method])
    }

    @Test func `with permission, its live pledges are cancelled, too`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let method = try #require(planted.method)
        let paused = try await test.plantSecondPledge(of: planted, in: .pending)
        let removed = try await remove(method, cancellingPledges: true, in: test)
        #expect(removed.state == .revoked && removed.secret == nil)
        for pledge in try await test.pledges() {
            #expect(pledge.state == .cancelled)
            #expect(pledge.cancellation == Cancellation(reason: .revoked, by: .staff))
        }
        #expect(try await test.history(of: paused.id.text).last == "pledge.cancelled")
        #expect(try await test.history(of: method.id.text).last == "payment_method.removed")
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [PledgeState.completed, .cancelled, .lapsed, .abandoned])
    func `a method of pledges that are over is removed without further leave`(
        state: PledgeState
    ) async throws {
        let test = try await TestBook()
        let planted = try await test.plant(in: state)
        let method = try #require(planted.method)
        #expect(try await remove(method, in: test).state == .revoked)
        #expect(try await test.pledges() == [try #require(planted.pledge)])
        #expect(try await test.faults() == [])
    }

    @Test func `removing again changes nothing`() async throws {
        let test = try await TestBook()
        let method = try #require(try await test.plant { $0.hasPledge = false }.method)
        let removed = try await remove(method, in: test)
        #expect(try await remove(method, in: test) == removed)
        #expect(try await test.history(of: method.id.text).count == 2)
    }

    @Test func `a method that is not there is named`() async throws {
        let test = try await TestBook()
        let message = await expectRefusal(.notFound) {
            try await RemovePaymentMethod.run(
                ID(bits: 1), cancellingPledges: true, by: .staff, in: test.context())
        }
        #expect(message == "there is no payment method \(ID<PaymentMethod>(bits: 1))")
    }
}
