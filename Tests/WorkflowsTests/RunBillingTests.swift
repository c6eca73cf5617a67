import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RunBillingTests {
    @Test func `what is due is charged once, and the next charge is a month later`() async throws {
        let test = try await TestBook()
        let processor = try test.sandbox()
        let context = try test.context()
        let request = RegisterPledge.Request(
            person: PersonInput(email: "reader@example.org"), amount: "5.00", currency: "USD",
            interval: .month, method: MethodInput(token: "tok_1"))
        let pledge = try await RegisterPledge.run(request, in: context)
        let processors = Processors([processor])
        let first = try await RunBilling.run(through: processors, in: context)
        #expect(first.charged.succeeded == 1)
        #expect(first.charged.amounts == ["USD": 500])
        let second = try await RunBilling.run(through: processors, in: context)
        #expect(second.charged.claimed == 0)
        let after = try await test.book.read { try $0.pledge(pledge.id) }
        #expect(after?.state == .active)
        #expect(after?.nextChargeOn?.description == "2026-12-22")
        #expect(after?.chargesSucceeded == 1)
        for invariant in Invariant.allCases {
            #expect(try await test.book.read { try $0.violations(of: invariant) } == 0)
        }
    }

    @Test(arguments: [
        ("sandbox_decline_insufficient_funds", PledgeState.pastDue),
        ("sandbox_decline_stolen_card", .pastDue), ("sandbox_action", .pastDue),
        ("sandbox_decline_stop_payment_order", .cancelled), ("sandbox_lost_reply", .active),
        ("sandbox_lost_request", .active), ("sandbox_late_60", .active),
    ])
    func `a charge's outcome changes its pledge`(token: String, state: PledgeState) async throws {
        let test = try await TestBook()
        let processors = Processors([try test.sandbox()])
        let context = try test.context()
        let request = RegisterPledge.Request(
            person: PersonInput(email: "reader@example.org"), amount: "5.00", currency: "USD",
            interval: .month, method: MethodInput(token: "tok_1"))
        let pledge = try await RegisterPledge.run(request, in: context)
        _ = try await RunBilling.run(through: processors, in: context)
        let present = try #require(await test.book.read { try $0.pledge(pledge.id) })
        _ = try await ReplacePaymentMethod.run(
            #require(present.paymentMethodID), with: MethodInput(token: token), in: context)
        test.now = test.now.adding(days: 31)
        for _ in 0..<3 {
            _ = try await RunBilling.run(through: processors, in: context)
            test.now = test.now.adding(hours: 2)
        }
        let after = try #require(await test.book.read { try $0.pledge(pledge.id) })
        #expect(after.state == state)
        for invariant in Invariant.allCases {
            #expect(try await test.book.read { try $0.violations(of: invariant) } == 0)
        }
        let report = try await ReconcileProcessor.run(processors.all[0], in: context)
        #expect(report.differences.isEmpty)
    }
}
