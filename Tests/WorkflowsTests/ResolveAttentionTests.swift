import Pledging
import TestSupport
import Testing

@testable import Workflows

/// A person resolves what was dealt with.
@Suite struct ResolveAttentionTests {
    @Test func `what a person resolved may come again, as another one`() async throws {
        let test = try await TestBook()
        try await test.context().change { try $0.attention.raise(.periodSkipped, "chg") }
        let id = try #require(try await test.openAttention().first?.id)
        for _ in 0..<2 { _ = try await ResolveAttention.run(id, in: test.context()) }
        #expect(try await test.openAttention().isEmpty)
        #expect(
            try await test.history(of: id.text) == ["attention.raised", "attention.resolved"])
        try await test.context().change { try $0.attention.raise(.periodSkipped, "chg") }
        #expect(try await test.openAttention().first?.id != id)
        #expect(try await test.attentions().count == 2)
        #expect(try await test.faults() == [])
    }

    @Test func `one that is not there is named`() async throws {
        let test = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await ResolveAttention.run(ID(bits: 1), in: test.context())
        }
        #expect(problem?.kind == .notFound)
    }
}
