import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// AttachPaymentMethod, ReplacePaymentMethod, RemovePaymentMethod.
@Suite struct PaymentMethodTests {
    private let new = MethodInput(
        token: "tok_new", customer: "cus_new", mandate: "mnd_new", brand: "mastercard",
        last4: "4444", expires: "2030-01", issuingCountry: "DE")

    // MARK: Attach

    @Test func `an attached method leaves the pledges as they are`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let method = try await AttachPaymentMethod.run(
            new, to: planted.supporter.id, paying: nil, in: test.context())
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
            new, to: planted.supporter.id, paying: pledge.id, in: test.context())
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
                new, to: planted.supporter.id, paying: planted.pledge?.id, in: test.context())
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
                new, to: planted.supporter.id, paying: other.id, in: test.context())
        }
        await expectRefusal(.notFound) {
            try await AttachPaymentMethod.run(
                new, to: ID(bits: 1), paying: nil, in: test.context())
        }
        #expect(try await test.methods().count == 2)
    }

    // MARK: Replace

    @Test func `a new method takes over all live pledges, and the old token is forgotten`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plant()
        let old = try #require(planted.method)
        let live = try #require(planted.pledge)
        let over = try await test.plantSecondPledge(of: planted, in: .cancelled)
        let method = try await ReplacePaymentMethod.run(old.id, with: new, in: test.context())
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
    func `a method that is not good any more can be replaced`(
        state: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant { $0.methodState = state }.method)
        let method = try await ReplacePaymentMethod.run(old.id, with: new, in: test.context())
        #expect(try await test.pledges().map(\.paymentMethodID) == [method.id])
    }

    @Test func `a method out of use is not replaced, and nothing is left of the try`()
        async throws
    {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        _ = try await ReplacePaymentMethod.run(old.id, with: new, in: test.context())
        let events = try await test.events().count
        let message = await expectRefusal(.conflict) {
            try await ReplacePaymentMethod.run(old.id, with: new, in: test.context())
        }
        #expect(message == "the method is no longer in use; add a new one")
        #expect(try await test.methods().count == 2)
        #expect(try await test.events().count == events)
        await expectRefusal(.notFound) {
            try await ReplacePaymentMethod.run(ID(bits: 1), with: new, in: test.context())
        }
    }

    @Test(arguments: [
        MethodInput(token: cardNumber), MethodInput(token: ""),
        MethodInput(token: "t", expires: "2026-10"), MethodInput(token: "t", last4: "42"),
        MethodInput(kind: "crypto", token: "t"),
        MethodInput(processor: "San Box", token: "t"),
        MethodInput(token: "t", issuingCountry: "XX"),
    ])
    func `a method that is not well described changes nothing`(
        details: MethodInput
    ) async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        let old = try #require(planted.method)
        await #expect(throws: Problem.self) {
            try await ReplacePaymentMethod.run(old.id, with: details, in: test.context())
        }
        await #expect(throws: Problem.self) {
            try await AttachPaymentMethod.run(
                details, to: planted.supporter.id, paying: nil, in: test.context())
        }
        #expect(try await test.methods() == [old])
        #expect(try await test.faults() == [])
    }
}
