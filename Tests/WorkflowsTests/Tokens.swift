import TestSupport
import Workflows

extension TestBook {
    /// Makes a token whose name occurs nowhere else.
    func createToken(
        scopes: [String] = ["pledges:read"], days: Int = 30
    ) async throws -> CreateToken.Answer {
        try await CreateToken.run(
            name: "website of Anna", scopes: scopes, days: days, in: context())
    }
}
