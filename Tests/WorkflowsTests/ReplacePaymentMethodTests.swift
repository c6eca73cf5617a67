import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct ReplacePaymentMethodTests {
    @Test func `a new method takes over all live pledges, and the old token is forgotten`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plant()
        let old = try #require(planted.method)
        let live = try #require(planted.pledge)
        let over = try await test.plantSecondPledge(of: planted, in: .cancelled)
        let method = try await ReplacePaymentMethod.run(old.id, with: .new, in: test.context())
        let replaced = try await BrowseBook.paymentMethod(old.id, in: test.context())
        #expect(replaced.state == .replaced && replaced.secret == nil)
        #expect(replaced.replacedByID == method.id)
        #expect(
            try await BrowseBook.pledge(live.id, in: test.context()).paymentMethodID == method.id)
        #expect(try await BrowseBook.pledge(over.id, in: test.context()) == over)
        #expect(
            try await test.history(of: old.id.text) == [
                "payment_method.attached", "payment_method.replaced",
            ])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [PaymentMethodState.expiring, .expired, .dead])
    func `an unusable method can be replaced`(
        state: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant { $0.methodState = state }.method)
        let method = try await ReplacePaymentMethod.run(old.id, with: .new, in: test.context())
        #expect(try await test.pledges().map(\.paymentMethodID) == [method.id])
    }

    @Test func `a replaced or removed method is not replaced, and nothing is stored`()
        async throws
    {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        _ = try await ReplacePaymentMethod.run(old.id, with: .new, in: test.context())
        let events = try await test.events().count
        let message = await expectRefusal(.conflict) {
            try await ReplacePaymentMethod.run(old.id, with: .new, in: test.context())
        }
        #expect(message == "the method is no longer in use; add a new one")
        #expect(try await test.methods().count == 2)
        #expect(try await test.events().count == events)
        await expectRefusal(.notFound) {
            try await ReplacePaymentMethod.run(ID(bits: 1), with: .new, in: test.context())
        }
    }

    @Test(arguments: MethodInput.malformed)
    func `a malformed method changes nothing`(
        details: MethodInput
    ) async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        await #expect(throws: Problem.self) {
            try await ReplacePaymentMethod.run(old.id, with: details, in: test.context())
        }
        #expect(try await test.methods() == [old])
        #expect(try await test.faults() == [])
    }
}
