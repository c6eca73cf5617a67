import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct SetRiskPolicyTests {
    @Test func `a country with live pledges cannot be refused by setting a policy`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register { $0.person.country = "RU" }.pledge
        let message = await expectRefusal(.notPermitted) {
            try await SetRiskPolicy.run("RU", .refuse, in: test.context())
        }
        #expect(message.hasPrefix("1 live pledge(s)") && message.contains("risk designate"))
        #expect(try await BrowseBook.riskPolicies(in: test.context()).isEmpty)
        _ = try await CancelPledge.run(
            pledge.id, Cancellation(reason: .privacy, by: .supporter), in: test.context())
        _ = try await SetRiskPolicy.run("RU", .refuse, in: test.context())
        // The policy for all other countries is checked in the same way.
        try await test.register { $0.person = PersonInput(email: "x@example.org", country: "FR") }
        await expectRefusal(.notPermitted) {
            try await SetRiskPolicy.run("*", .refuse, in: test.context())
        }
    }

    @Test(arguments: ["", "ru", "Russia", "XX"])
    func `an unknown country is refused`(country: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .policyCountry) {
            try await SetRiskPolicy.run(country, .warn, in: test.context())
        }
    }
}
