package import Pledging
import Store

/// A program is let in from now on, for what the scopes say and no longer than it must be. Its
/// secret is shown this once.
package enum CreateToken {
    package struct Answer: Sendable {
        package let token: APIToken
        /// `mst_<id>_<64 hexadecimal digits>`: what goes behind `Authorization: Bearer`.
        package let secret: String

        package var json: JSON { token.json.adding(["token": .string(secret)]) }
    }

    package static func run(
        name: String, scopes: [String], days: Int = standardDays, in context: Context
    ) async throws -> Answer {
        let name = try InputRules.tokenName(name)
        guard (1...maximumDays).contains(days) else {
            throw Problem(.invalid, field: .days, "must be within 1 and \(maximumDays)")
        }
        let scopes = try checked(scopes)
        let secret = try TokenSecret.fresh()
        let hash = try secret.hash()
        let token = try await context.change { change in
            guard try change.store.apiTokens().count < maximum else {
                throw Problem(
                    .conflict, "there are \(maximum) tokens already; use one of them")
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
                    .invalid, field: .scopes, "no scope of that name; there are \(known)")
            }
            scopes.insert(scope)
        }
        guard !scopes.isEmpty else {
            throw Problem(.invalid, field: .scopes, "name at least one")
        }
        return scopes
    }

    /// A year: what nobody uses any more should not be good for ever.
    package static let standardDays = 365
    private static let maximumDays = 3_650
    /// More than a newsroom has programs; revoked ones count, for the trail names them.
    private static let maximum = 1_000
}
