import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct LiftSuppressionTests {
    private let address = "reader@example.org"

    @Test(arguments: [SuppressionReason.staff, .bounce, .complaint])
    func `what staff, a bounce or a complaint put there can be lifted`(
        reason: SuppressionReason
    ) async throws {
        let test = try await TestBook()
        try await SuppressAddress.run(address, .all, reason, in: test.context())
        #expect(try await LiftSuppression.run("READER@example.org", in: test.context()) == nil)
        #expect(try await test.suppressions().isEmpty)
        try await test.ask(.week)
    }

    @Test(
        arguments: [SuppressionScope.support, .all],
        [SuppressionReason.staff, .bounce, .complaint])
    func `an opt-out and another reason stand side by side, and only ours is lifted`(
        scope: SuppressionScope, reason: SuppressionReason
    ) async throws {
        let test = try await TestBook()
        let context = try test.context()
        try await SuppressAddress.run(address, scope, reason, in: context)
        try await SuppressAddress.run(address, .support, .optOut, in: context)
        #expect(try await test.suppressions().count == 2)
        #expect(try await LiftSuppression.run(address, in: context) == .support)
        #expect(try await test.suppressions().map(\.reason) == [.optOut])
        let problem = await #expect(throws: Problem.self) {
            try await LiftSuppression.run(address, in: context)
        }
        #expect(problem?.kind == .notPermitted)
        await #expect(throws: Problem.self) { try await test.ask(.week) }
    }

    @Test func `an address that is not suppressed cannot be lifted`() async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await LiftSuppression.run(address, in: test.context())
        }
        #expect(problem?.kind == .notFound)
    }
}
