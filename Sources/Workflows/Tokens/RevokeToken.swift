package import Pledging
import Store

/// Revokes an API token. Its row stays, because events name it.
package enum RevokeToken {
    /// Returns the token afterwards. Throws Problem `.notFound` for an unknown one.
    package static func run(_ id: ID<APIToken>, in context: Context) async throws -> APIToken {
        try await context.change { change in
            try change.store.revoke(id, at: change.now)
            guard let found = try change.store.apiToken(id) else {
                throw Problem.noSuch("token", id.text)
            }
            return found.token
        }
    }
}
