package import Pledging
import Store

/// A token lets nobody in any more; its row stays, because the trail names it.
package enum RevokeToken {
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
