import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct RegisterPledgeTests {
    @Test func `the same idempotency key gives the same answer`() async throws {
        let test = try await TestBook()
        let request = RegisterPledge.Request(
            person: Person(email: "reader@example.org"), amount: "5.00", currency: "USD",
            interval: .month, method: MethodDetails(token: "tok_1"), idempotencyKey: "k")
        let first = try await RegisterPledge.run(request, in: test.context())
        let second = try await RegisterPledge.run(request, in: test.context())
        #expect(first.json == second.json)
        #expect(second.isRepeat)
    }
}
