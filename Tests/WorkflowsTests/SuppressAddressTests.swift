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
        try await SuppressAddress.add(" Reader@EXAMPLE.org", .all, .staff, in: test.context())
        let found = try await suppressions(in: test)
        #expect(found.count == 1)
        #expect(
            found.first?.emailHash == (try test.book.keys.emailHash(EmailAddress(address))))
        await #expect(throws: Problem.self) { try await test.ask(.week) }
    }

    @Test(arguments: [SuppressionReason.staff, .bounce, .complaint])
    func `what staff, a bounce or a complaint put there can be lifted`(
        reason: SuppressionReason
    ) async throws {
        let test = try await TestBook()
        try await SuppressAddress.add(address, .all, reason, in: test.context())
        try await SuppressAddress.remove("READER@example.org", in: test.context())
        #expect(try await suppressions(in: test).isEmpty)
        try await test.ask(.week)
    }

    @Test func `all mail stays stopped when support mail is stopped too`() async throws {
        let test = try await TestBook()
        try await SuppressAddress.add(address, .all, .bounce, in: test.context())
        try await SuppressAddress.add(address, .support, .staff, in: test.context())
        #expect(try await suppressions(in: test).map(\.scope) == [.all])
    }

    @Test func `a bounce widens what staff have stopped`() async throws {
        let test = try await TestBook()
        try await SuppressAddress.add(address, .support, .staff, in: test.context())
        try await SuppressAddress.add(address, .all, .bounce, in: test.context())
        let found = try await suppressions(in: test)
        #expect(found.map(\.scope) == [.all] && found.map(\.reason) == [.bounce])
    }

    private static let orders: [(SuppressionScope, SuppressionReason, Bool)] = [
        (.support, .staff, true), (.all, .staff, true), (.all, .bounce, true),
        (.support, .staff, false), (.all, .staff, false), (.all, .complaint, false),
    ]

    @Test(arguments: orders)
    func `an opt-out stays one, whatever comes before or after it`(
        scope: SuppressionScope, reason: SuppressionReason, isBefore: Bool
    ) async throws {
        let test = try await TestBook()
        let context = try test.context()
        if isBefore { try await SuppressAddress.add(address, scope, reason, in: context) }
        try await SuppressAddress.add(address, .support, .optOut, in: context)
        if !isBefore { try await SuppressAddress.add(address, scope, reason, in: context) }
        let found = try await suppressions(in: test)
        #expect(found.map(\.scope) == [scope] && found.map(\.reason) == [.optOut])
        let problem = await #expect(throws: Problem.self) {
            try await SuppressAddress.remove(address, in: context)
        }
        #expect(problem?.kind == .notPermitted)
        await #expect(throws: Problem.self) { try await test.ask(.week) }
    }

    @Test func `an address that is not suppressed cannot be lifted`() async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await SuppressAddress.remove(address, in: test.context())
        }
        #expect(problem?.kind == .notFound)
    }

    @Test func `what is no address is refused`() async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await SuppressAddress.add("reader", .all, .staff, in: test.context())
        }
        #expect(problem?.kind == .invalid)
    }
}
