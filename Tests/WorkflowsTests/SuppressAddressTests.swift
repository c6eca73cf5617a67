import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct SuppressAddressTests {
    private let address = "reader@example.org"

    @Test func `any spelling of the address is the address, kept as a keyed hash`() async throws {
        let test = try await TestBook()
        try await SuppressAddress.run(" Reader@EXAMPLE.org", .all, .staff, in: test.context())
        let found = try await test.suppressions()
        #expect(found.count == 1)
        // Nobody in the book has the address, so the hash by which a person is found is not stored.
        let hash = try test.book.keys.emailHash(EmailAddress(address))
        #expect(found.first?.emailHash.count == hash.count && found.first?.emailHash != hash)
        await #expect(throws: Problem.self) { try await test.ask(.week) }
    }

    @Test func `each reason has its row, and its widest scope stays`() async throws {
        let test = try await TestBook()
        let context = try test.context()
        try await SuppressAddress.run(address, .all, .staff, in: context)
        try await SuppressAddress.run(address, .support, .staff, in: context)
        try await SuppressAddress.run(address, .support, .bounce, in: context)
        try await SuppressAddress.run(address, .all, .bounce, in: context)
        let found = try await test.suppressions()
        #expect(found.map(\.reason) == [.bounce, .staff])
        #expect(found.map(\.scope) == [.all, .all])
    }

    @Test func `what is no address is refused`() async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await SuppressAddress.run("reader", .all, .staff, in: test.context())
        }
        #expect(problem?.kind == .invalid)
    }
}
