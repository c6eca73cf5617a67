import Pledging
import Store

/// An idempotency key and its request, hashed under every hash key of the ring, beginning with the
/// key for new values. A request that is repeated under its key is not done again, but gets the
/// stored answer.
struct IdempotencyKey: Sendable {
    private let text: String
    private let scope: String
    private let request: RequestDigest
    private let hashKeyIDs: [UInt16]
    private let keys: [[UInt8]]
    private let requests: [[UInt8]]
    /// The hashes under which the command line stored its keys until schema 18.
    private let formerKeys: [[UInt8]]

    /// `scope` is the actor whose key it is. Throws Problem `.invalid` when `text` is not a key.
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

    /// Returns this key under the hash keys that the ring has now. A key is hashed before the write
    /// begins, because one thread runs all writes; meanwhile the hash keys may have been rotated.
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

    /// Returns the stored answer; nil the first time. Throws Problem `.conflict` when the key was
    /// used for another request, was answered by an older version of the program, or its supporter
    /// was erased.
    func answer(in transaction: Transaction) throws -> String? {
        guard try formerKeys.isEmpty || transaction.answer(toKey: formerKeys) == nil else {
            throw Problem(
                .conflict, field: .idempotencyKey,
                "an older version of this program answered this key; check whether the request was "
                    + "carried out, and if not, use a new key")
        }
        switch try transaction.answer(toKey: keys) {
        case nil: return nil
        case .forgotten:
            throw Problem(
                .conflict, field: .idempotencyKey,
                "this key was answered before, and its supporter has been erased since; use a new "
                    + "key")
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

    /// Replaces the stored answer.
    func replaceAnswer(_ answer: String, in transaction: Transaction) throws {
        try transaction.replaceAnswer(answer, toKey: keys)
    }
}
