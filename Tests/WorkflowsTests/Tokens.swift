import TestSupport
import Workflows

extension TestBook {
    /// A token with a name that stands nowhere else.
    func createToken(
        scopes: [String] = ["pledges:read"], days: Int = 30
    ) async throws -> CreateToken.Answer {
        try await CreateToken.run(
            name: "website of Anna", scopes: scopes, days: days, in: context())
    }
}
