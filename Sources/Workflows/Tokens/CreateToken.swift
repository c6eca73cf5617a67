package import Pledging
import Store

/// Creates an API token for a program, with scopes and an end. Its secret is shown only this once.
package enum CreateToken {
    package struct Answer: Sendable {
        package let token: APIToken
        /// `mst_<id>_<64 hexadecimal digits>`, to be sent after `Authorization: Bearer`.
        package let secret: String

        package var json: JSON { token.json.adding(["token": .string(secret)]) }
    }

    /// Returns the token with its secret. Throws Problem: `.invalid` for a name, scopes or days
    /// that break a rule, `.conflict` when there are too many tokens.
    package static func run(
        name: String, scopes: [String], days: Int = standardDays, in context: Context
    ) async throws -> Answer {
        let name = try InputRules.tokenName(name)
        guard (1...maximumDays).contains(days) else {
            throw Problem(.invalid, field: .days, "must be between 1 and \(maximumDays)")
        }
        let scopes = try checked(scopes)
        let secret = try TokenSecret.fresh()
        let hash = try secret.hash()
        let token = try await context.change { change in
            guard try change.store.apiTokens().count < maximum else {
                throw Problem(
                    .conflict,
                    "there are \(maximum) tokens already, which is the maximum and counts revoked "
                        + "ones; use an existing one")
            }
            let token = APIToken(
                id: try change.id(), name: name, scopes: scopes,
                expiresAt: change.now.adding(days: Int64(days)), createdAt: change.now)
            try change.store.insert(token, secretHash: hash)
            return token
        }
        return Answer(token: token, secret: secret.text(of: token.id))
    }

    private static func checked(_ words: [String]) throws(Problem) -> Set<APIScope> {
        var scopes: Set<APIScope> = []
        for word in words {
            guard let scope = APIScope(rawValue: word) else {
                let known = APIScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw Problem(
                    .invalid, field: .scopes, "is not a scope; there are \(known)")
            }
            scopes.insert(scope)
        }
        guard !scopes.isEmpty else {
            throw Problem(.invalid, field: .scopes, "is empty; give at least one scope")
        }
        return scopes
    }

    /// A year: a token that nobody uses any more must end some day.
    package static let standardDays = 365
    private static let maximumDays = 3_650
    /// Tokens, at most; revoked ones count, because events name them.
    private static let maximum = 1_000
}
