package import Pledging
import Store

/// A token lets nobody in any more; its row stays, because the trail names it.
package enum RevokeToken {
    package static func run(_ id: ID<APIToken>, in context: Context) async throws -> APIToken {
        let now = context.now
        return try await context.book.write { transaction in
            try transaction.revoke(id, at: now)
            guard let found = try transaction.apiToken(id) else {
                throw Problem.noSuch("token", id.text)
            }
            return found.token
        }
    }
}
