import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A person opens a brake that closed.
@Suite struct ResumeBillingTests {
    /// A book whose processor's brake is closed.
    private func braked() async throws -> (test: TestBook, processor: ScriptedProcessor) {
        let test = try await TestBook()
        _ = try await test.plantDue(50)
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try #require(await test.openAttention().map(\.kind) == [.brakeClosed])
        return (test, processor)
    }

    @Test(arguments: ["sandbox", nil])
    func `the brake opens, and the calls before are forgotten`(name: String?) async throws {
        let (test, processor) = try await braked()
        #expect(try await ResumeBilling.run(of: name, in: test.context()) == ["sandbox"])
        #expect(try await test.openAttention().isEmpty)
        #expect(try await ResumeBilling.run(of: name, in: test.context()).isEmpty)
        try await test.plantDue { $0.email = "new@example.org" }
        #expect(try await test.bill(through: processor).failure == nil)
        #expect(processor.orders.count == 51)
        try await expectSound(test)
    }

    @Test func `a processor that the book has not used is refused by name`() async throws {
        let (test, _) = try await braked()
        let message = await expectRefusal(.invalid, field: .processor) {
            _ = try await ResumeBilling.run(of: "nobody", in: test.context())
        }
        #expect(message.contains("sandbox"))
        #expect(try await test.openAttention().map(\.kind) == [.brakeClosed])
        let new = try await TestBook()
        await expectRefusal(.invalid, field: .processor) {
            _ = try await ResumeBilling.run(of: "sandbox", in: new.context())
        }
    }

    @Test func `a person cannot call it resolved without opening it`() async throws {
        let (test, _) = try await braked()
        let attention = try #require(await test.openAttention().first)
        let message = await expectRefusal(.conflict) {
            _ = try await ResolveAttention.run(attention.id, in: test.context())
        }
        #expect(message.contains("mainstay billing resume --processor sandbox"))
    }
}
