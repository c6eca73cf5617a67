import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct SuppressAddressTests {
    private let address = "reader@example.org"

    private func suppressions(in test: TestBook) async throws -> [StoredSuppression] {
        var found: [StoredSuppression] = []
        try await BrowseBook.suppressions(in: test.context()) { found.append($0) }
        return found
    }

    @Test func `any spelling of the address is the address, kept as a keyed hash`() async throws {
        let test = try await TestBook()
        try await SuppressAddress.run(" Reader@EXAMPLE.org", .all, .staff, in: test.context())
        let found = try await suppressions(in: test)
        #expect(found.count == 1)
        // Nobody in the book has it: no hash by which a person is found stands there.
        let hash = try test.book.keys.emailHash(EmailAddress(address))
        #expect(found.first?.emailHash.count == hash.count && found.first?.emailHash != hash)
        await #expect(throws: Problem.self) { try await test.ask(.week) }
    }

    @Test(arguments: [SuppressionReason.staff, .bounce, .complaint])
    func `what staff, a bounce or a complaint put there can be lifted`(
        reason: SuppressionReason
    ) async throws {
        let test = try await TestBook()
        try await SuppressAddress.run(address, .all, reason, in: test.context())
        #expect(try await LiftSuppression.run("READER@example.org", in: test.context()) == nil)
        #expect(try await suppressions(in: test).isEmpty)
        try await test.ask(.week)
    }

    @Test func `each reason has its row, and its widest scope stays`() async throws {
        let test = try await TestBook()
        let context = try test.context()
        try await SuppressAddress.run(address, .all, .staff, in: context)
        try await SuppressAddress.run(address, .support, .staff, in: context)
        try await SuppressAddress.run(address, .support, .bounce, in: context)
        try await SuppressAddress.run(address, .all, .bounce, in: context)
        let found = try await suppressions(in: test)
        #expect(found.map(\.reason) == [.bounce, .staff])
        #expect(found.map(\.scope) == [.all, .all])
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
        #expect(try await suppressions(in: test).count == 2)
        #expect(try await LiftSuppression.run(address, in: context) == .support)
        #expect(try await suppressions(in: test).map(\.reason) == [.optOut])
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

    @Test func `what is no address is refused`() async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await SuppressAddress.run("reader", .all, .staff, in: test.context())
        }
        #expect(problem?.kind == .invalid)
    }
}
