import Pledging
import Store

/// The name of a request that is done once, whatever becomes of its answer on the way: hashed under
/// every hash key of the ring, the key for new values first.
struct IdempotencyKey: Sendable {
    private let text: String
    private let scope: String
    private let request: RequestDigest
    private let hashKeyIDs: [UInt16]
    private let keys: [[UInt8]]
    private let requests: [[UInt8]]
    /// Under which the command line kept its keys until schema 18.
    private let formerKeys: [[UInt8]]

    /// `scope` is whose key it is. Throws Problem `.invalid` for a text that is not a key.
    init(_ text: String, of scope: String, request: RequestDigest, _ ring: KeyRing) throws {
        try IdempotencyKey.check(text)
        self.text = text
        self.scope = scope
        self.request = request
        hashKeyIDs = ring.hashKeyIDs
        keys = try ring.hashes(.idempotencyKey, texts: [scope, text])
        formerKeys =
            scope == Actor.cli(user: nil).text
            ? try ring.hashes(.idempotencyKey, texts: ["pledge", text]) : []
        requests = try ring.hashes(.request, texts: request.texts)
    }

    /// The same under the hash keys that the ring has by now: it is hashed before a write begins,
    /// which one thread does for all, and the write may find that the keys were rotated.
    func current(in ring: KeyRing) throws -> IdempotencyKey {
        if ring.hashKeyIDs == hashKeyIDs { return self }
        return try IdempotencyKey(text, of: scope, request: request, ring)
    }

    private static func check(_ key: String) throws(Problem) {
        guard (1...255).contains(key.utf8.count) else {
            throw Problem(.invalid, field: .idempotencyKey, "must have 1 to 255 bytes")
        }
        _ = try InputRules.optional(key, .idempotencyKey, maximumBytes: 255)
    }

    /// What was answered to it before; nil the first time. Throws Problem `.conflict` where it was
    /// another request, or who it was for is forgotten.
    func answer(in transaction: Transaction) throws -> String? {
        guard try formerKeys.isEmpty || transaction.answer(toKey: formerKeys) == nil else {
            throw Problem(
                .conflict, field: .idempotencyKey,
                "an older version of this program answered this key; see whether what you ask for "
                    + "is there, else use a new key")
        }
        switch try transaction.answer(toKey: keys) {
        case nil: return nil
        case .forgotten:
            throw Problem(
                .conflict, field: .idempotencyKey,
                "this key was answered, and who it was for has been erased; use a new key")
        case .known(let request, let answer):
            guard requests.contains(request) else {
                throw Problem(
                    .conflict, field: .idempotencyKey,
                    "this key was used for another request; use a new key")
            }
            return answer
        }
    }

    func remember(
        _ answer: String, about supporter: ID<Supporter>?, in transaction: Transaction,
        at now: Instant
    ) throws {
        try transaction.remember(
            answer, about: supporter, toKey: keys[0], requestHash: requests[0], at: now)
    }

    /// The answer that was kept becomes this one.
    func replaceAnswer(_ answer: String, in transaction: Transaction) throws {
        try transaction.replaceAnswer(answer, toKey: keys)
    }
}
