import SQLiteDriver
import Store
import TestSupport
import Testing

@Suite struct DurabilityTests {
    @Test func `a book is durable, guarded and wiped as its rules say`() async throws {
        let found = try await TestBook().database.inspect()
        #expect(found.first { $0.name == "synchronous" }?.detail == "2")
        #expect(found.allSatisfy { $0.isSound })
    }
}
