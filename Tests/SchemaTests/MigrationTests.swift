import Schema
import Testing

@Suite struct MigrationTests {
    @Test func `migrations are numbered without gaps`() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.newest))
    }
}
