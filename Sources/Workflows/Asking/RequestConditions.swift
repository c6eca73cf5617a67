package import Pledging
import Store
import Synchronization

/// Idempotency-Key and If-Match of one call: the call is done once under the key, and only if the
/// entity still has the version that the caller has seen. Both are checked in the transaction that
/// makes the verb's answer.
package struct RequestConditions: Sendable {
    package struct Key: Sendable {
        package let text: String
        /// The request that was sent with the key. A repeat must have the same one.
        package let request: RequestDigest

        package init(text: String, request: RequestDigest) {
            self.text = text
            self.request = request
        }
    }

    package struct Version: Sendable {
        package let id: String
        package let number: Int64

        package init(id: String, number: Int64) {
            self.id = id
            self.number = number
        }
    }

    package var key: Key?
    package var version: Version?

    package init(key: Key? = nil, version: Version? = nil) {
        self.key = key
        self.version = version
    }

    package struct Answer: Sendable {
        package let shown: ShownJSON
        /// The request was answered before, with these bytes.
        package let isRepeat: Bool

        package init(shown: ShownJSON, isRepeat: Bool) {
            self.shown = shown
            self.isRepeat = isRepeat
        }
    }

    /// Runs a verb that answers by `Context.answer`. Throws what the verb throws, Problem
    /// `.conflict` when the key was used for another request, VersionMismatch when the version
    /// differs, and UnansweredConditions when the verb did not call `Context.answer`.
    package func run<Result: Shown>(
        in context: Context, _ verb: (Context) async throws -> Result
    ) async throws -> Answer {
        guard key != nil || version != nil else {
            return Answer(shown: try await verb(context).shown, isRepeat: false)
        }
        let open = try OpenConditions(self, in: context)
        var context = context
        context.conditions = open
        do {
            let result = try await verb(context)
            // Otherwise the key was not stored, and a retry would do the work again.
            guard open.isAnswered else { throw UnansweredConditions() }
            return Answer(shown: result.shown, isRepeat: false)
        } catch let repeated as AnsweredBefore {
            return Answer(shown: repeated.shown, isRepeat: true)
        }
    }
}

/// The content of a request in one form for HTTP and the command line: operation, subject and
/// members. The form has a version; a key that was stored under an older form is refused.
package struct RequestDigest: Sendable {
    let texts: [String]

    /// `subject` is an id, or empty; `content` has the members of the request.
    package init(_ operation: String, subject: String = "", content: JSON = .object([])) {
        texts = [RequestDigest.version, operation, subject, content.text]
    }

    private static let version = "request/2"
}

/// The conditions of the request that a context is answering.
final class OpenConditions: Sendable {
    let key: IdempotencyKey?
    let version: RequestConditions.Version?
    private let answered = Mutex(false)

    fileprivate init(_ conditions: RequestConditions, in context: Context) throws {
        key = try conditions.key.map { key in
            try IdempotencyKey(
                key.text, of: context.actor.text, request: key.request, context.book.keys)
        }
        version = conditions.version
    }

    var isAnswered: Bool { answered.withLock { $0 } }
    fileprivate func answer() { answered.withLock { $0 = true } }
}

extension Context {
    /// Runs the write whose result is the verb's answer. If the request has conditions, it checks
    /// key and version before `body`, and stores what `body` shows under the key. Throws
    /// AnsweredBefore when the key was answered, Problem `.conflict` when it was used for another
    /// request, and VersionMismatch when the version has changed.
    func answer<Result: Shown>(
        _ body: @escaping @Sendable (Change) throws -> Result
    ) async throws -> Result {
        guard let conditions else { return try await change(body) }
        let result = try await change { change in
            let key = try conditions.key?.current(in: change.store.keys)
            if let known = try key?.answer(in: change.store) {
                throw AnsweredBefore(shown: try ShownJSON(stored: known))
            }
            if let wanted = conditions.version,
                let present = try change.store.version(of: wanted.id), present != wanted.number
            {
                throw VersionMismatch(id: wanted.id, version: present)
            }
            let result = try body(change)
            let shown = result.shown
            try key?.remember(
                shown.json, about: shown.supporterID, in: change.store, at: change.now)
            return result
        }
        conditions.answer()
        return result
    }
}

extension Change {
    /// Replaces the answer that is stored under the request's key, for a verb that calls a
    /// processor after its answer: a repeat then gets the outcome of the call. Does nothing without
    /// a key.
    func replaceAnswer(with shown: ShownJSON) throws {
        try context.conditions?.key?.current(in: store.keys).replaceAnswer(shown.json, in: store)
    }
}

/// The request was answered before, as `shown`.
struct AnsweredBefore: Error {
    let shown: ShownJSON
}

/// A verb was called with conditions and did not answer by `Context.answer`.
private struct UnansweredConditions: Error {}

/// The entity does not have the version that the caller has seen.
package struct VersionMismatch: Error {
    package let id: String
    /// The entity's present version.
    package let version: Int64
}
