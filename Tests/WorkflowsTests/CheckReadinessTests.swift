import OpenSSL
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing
import Workflows

@Suite struct CheckReadinessTests {
    private func unsound(_ test: TestBook) async throws -> [String] {
        try await CheckReadiness.run(in: test.context()).filter { !$0.isSound }.map(\.name)
    }

    @Test func `a book that can be written is ready`() async throws {
        let test = try await TestBook()
        #expect(try await unsound(test).isEmpty)
        let checks = try await CheckReadiness.run(in: test.context())
        #expect(checks.map(\.name) == ["schema", "keys", "database"])
    }

    @Test func `an older schema is told by its name`() async throws {
        let test = try await TestBook(schema: Migration.newest - 1)
        #expect(try await unsound(test) == ["schema"])
    }

    @Test func `another ring is told by its name`() async throws {
        let (test, other) = (try await TestBook(), try await TestBook())
        let book = Book(
            driver: test.database, keys: other.book.keys, journal: other.book.journal)
        let context = Context(
            book: book, ids: IDSource(random: RandomSource()), actor: .cli(user: "tester"),
            settings: try test.standardSettings(), clock: { test.now })
        let checks = await CheckReadiness.run(in: context)
        #expect(checks.filter { !$0.isSound }.map(\.name) == ["keys"])
    }

    @Test func `a database that cannot be written is reported by name`() async throws {
        let test = try await TestBook()
        try test.database.close()
        #expect(try await unsound(test).contains("database"))
    }
}
