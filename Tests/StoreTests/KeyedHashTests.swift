import Pledging
import Store
import TestSupport
import Testing

@Suite struct KeyedHashTests {
    @Test func `lists of texts that join alike do not hash alike`() async throws {
        let keys = try await TestBook().book.keys
        #expect(
            try keys.hash(.request, texts: ["a", "bc"]) != keys.hash(.request, texts: ["ab", "c"]))
    }
}
