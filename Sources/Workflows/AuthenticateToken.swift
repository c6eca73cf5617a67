package import Pledging
import Store

/// Who shows a token, and what it may do.
package enum AuthenticateToken {
    /// The token, nil where it is none of ours, was revoked or has expired: a caller is not told
    /// which.
    package static func run(_ text: String, in context: Context) async throws -> APIToken? {
        guard let (id, secret) = TokenSecret.parse(text) else { return nil }
        let now = context.now
        let (found, today) = try await context.book.read { transaction in
            (try transaction.apiToken(id), try transaction.today(at: now))
        }
        guard try secret.matches(found?.secretHash), let token = found?.token,
            token.isValid(at: now)
        else { return nil }
        // Once a day: reading stays reading.
        if token.lastUsedOn.map({ $0 < today }) ?? true {
            try await context.book.write { try $0.markUsed(id, on: today) }
        }
        return token
    }
}
