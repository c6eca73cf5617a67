package import Pledging
import Store
import Synchronization

/// Authenticates a program by its API token.
package enum AuthenticateToken {
    /// Returns the token; nil when it is unknown, revoked or expired. The caller is not told which.
    package static func run(
        _ text: String, remembering known: KnownTokens? = nil, in context: Context
    ) async throws -> APIToken? {
        guard let (id, secret) = TokenSecret.parse(text) else { return nil }
        let now = context.now
        if let found = known?.find(id) {
            return found.secret.equals(secret) && found.token.isValid(at: now) ? found.token : nil
        }
        let (found, today) = try await context.lookUp { look in
            (try look.store.apiToken(id), try look.today())
        }
        guard let token = try admitted(found?.token, secret, found?.secretHash, at: now),
            let found
        else { return nil }
        // Once a day only, so that most requests write nothing.
        if token.lastUsedOn.map({ $0 < today }) ?? true {
            try await context.change { try $0.store.markUsed(id, on: today) }
        }
        known?.keep(found.token, secret)
        return token
    }

    /// Compares the secret even if there is no such token, so that both cases take the same time.
    private static func admitted(
        _ token: APIToken?, _ secret: TokenSecret, _ hash: [UInt8]?, at now: Instant
    ) throws -> APIToken? {
        guard try secret.matches(hash), let token, token.isValid(at: now) else { return nil }
        return token
    }
}

/// Caches tokens for a second, so that a busy program is not looked up for each of its requests. A
/// revoked token therefore works for up to one second more.
package final class KnownTokens: Sendable {
    struct Found {
        let token: APIToken
        /// As the program sent it: it has been compared with its hash.
        let secret: TokenSecret
        fileprivate let until: Duration
    }

    private let uptime: @Sendable () -> Duration
    private let all = Mutex<[ID<APIToken>: Found]>([:])

    /// `uptime` must never go back.
    package init(uptime: @escaping @Sendable () -> Duration) { self.uptime = uptime }

    func find(_ id: ID<APIToken>) -> Found? {
        let now = uptime()
        return all.withLock { $0[id] }.flatMap { now < $0.until ? $0 : nil }
    }

    func keep(_ token: APIToken, _ secret: TokenSecret) {
        let found = Found(token: token, secret: secret, until: uptime() + KnownTokens.lifetime)
        all.withLock { all in
            if all.count >= KnownTokens.maximum { all = [:] }
            all[token.id] = found
        }
    }

    private static let lifetime = Duration.seconds(1)
    /// Tokens in the cache, at most; a newsroom has a handful.
    private static let maximum = 1_000
}
