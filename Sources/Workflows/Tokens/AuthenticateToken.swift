package import Pledging
import Store
import Synchronization

/// Who shows a token, and what it may do.
package enum AuthenticateToken {
    /// The token, nil where it is none of ours, was revoked or has expired: a caller is not told
    /// which.
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
        // Once a day: reading stays reading.
        if token.lastUsedOn.map({ $0 < today }) ?? true {
            try await context.change { try $0.store.markUsed(id, on: today) }
        }
        known?.keep(found.token, secret)
        return token
    }

    /// The secret is compared whether or not there is such a token, in the same time.
    private static func admitted(
        _ token: APIToken?, _ secret: TokenSecret, _ hash: [UInt8]?, at now: Instant
    ) throws -> APIToken? {
        guard try secret.matches(hash), let token, token.isValid(at: now) else { return nil }
        return token
    }
}

/// Tokens as they were looked up within the last second, so that a busy program is not looked up
/// for each of its requests: a revoked one lets nobody in any more a second later.
package final class KnownTokens: Sendable {
    struct Found {
        let token: APIToken
        /// As it was shown: it has been compared with its hash.
        let secret: TokenSecret
        fileprivate let until: Duration
    }

    private let uptime: @Sendable () -> Duration
    private let all = Mutex<[ID<APIToken>: Found]>([:])

    /// `uptime` only ever goes forward.
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
    /// A newsroom has a handful.
    private static let maximum = 1_000
}
