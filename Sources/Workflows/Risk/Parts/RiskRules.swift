import Pledging
import Store

enum RiskRules {
    static func country(_ text: String) throws(Problem) -> String {
        if text == StoredRiskPolicy.everyOther { return text }
        guard let country = try InputRules.country(text, field: .policyCountry) else {
            throw Problem(.invalid, field: .policyCountry, "is empty; write it like DE, or *")
        }
        return country
    }

    /// Calls `body` with everybody in the book, page by page, each in a separate short read, and
    /// `page` with each result.
    static func everybody<Answer: Sendable>(
        in context: Context,
        _ body: @escaping @Sendable (Look, [TellingCountries]) throws -> Answer,
        page: (Answer) async throws -> Void
    ) async throws {
        var last = ""
        while true {
            let after = last
            let (answer, end) = try await context.look { look in
                let people = try look.store.tellingCountries(after: after, limit: pageSize)
                return (try body(look, people), people.last?.supporterID.text)
            }
            guard let end else { return }
            try await page(answer)
            last = end
        }
    }

    private static let pageSize = 500
}
