import Pledging
import Store
import Synchronization

/// What a program asks of a verb beside what the verb is told: that it be done once under a key,
/// and only to the version that the program has seen. Both are looked at in the transaction of the
/// verb's first write.
package struct RequestConditions: Sendable {
    package struct Key: Sendable {
        package let text: String
        /// Everything that the request says: under the same key it must be the same.
        package let request: [String]

        package init(text: String, request: [String]) {
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
        /// It was answered before, with these bytes.
        package let isRepeat: Bool

        package init(shown: ShownJSON, isRepeat: Bool) {
            self.shown = shown
            self.isRepeat = isRepeat
        }
    }

    /// Throws Problem as the verb does, `.conflict` for a key that stands for something else, and
    /// VersionMismatch.
    package func run<Result: Shown>(
        in context: Context, _ verb: (Context) async throws -> Result
    ) async throws -> Answer {
        guard key != nil || version != nil else {
            return Answer(shown: try await verb(context).shown, isRepeat: false)
        }
        let first = FirstAnswer(
            key: try key.map { key in
                try IdempotencyKey(
                    key.text, of: context.actor.text, request: key.request, context.book.keys)
            })
        do {
            let result = try await verb(context.checking(check(first, context)))
            return Answer(shown: first.kept ?? result.shown, isRepeat: false)
        } catch let repeated as AnsweredBefore {
            return Answer(
                shown: try ShownJSON(stored: repeated.json), isRepeat: true)
        }
    }

    /// Of the first write alone: what a verb writes later belongs to what was let through then.
    private func check(_ first: FirstAnswer, _ context: Context) -> WriteCheck {
        let (asked, now) = (self, context.now)
        return WriteCheck { transaction in
            guard !first.isCommitted else { return }
            if let key = try first.key?.current(in: transaction.keys) {
                if let known = try key.answer(in: transaction) {
                    throw AnsweredBefore(json: known)
                }
                first.isAsked(under: key)
            }
            if let wanted = asked.version, let present = try transaction.version(of: wanted.id),
                present != wanted.number
            {
                throw VersionMismatch(id: wanted.id, version: present)
            }
        } after: { answer, transaction in
            guard !first.isCommitted, let presented = answer as? any Shown else { return }
            let shown = presented.shown
            first.keep(shown)
            try first.key?.remember(
                shown.json, about: shown.supporterID, in: transaction, at: now)
        } committed: {
            first.commit()
        }
    }
}

/// What the first write of a verb came to, at its last run.
private final class FirstAnswer: Sendable {
    private struct State {
        var key: IdempotencyKey?
        var shown: ShownJSON?
        var isCommitted = false
    }

    private let state: Mutex<State>

    init(key: IdempotencyKey?) { state = Mutex(State(key: key)) }

    var key: IdempotencyKey? { state.withLock { $0.key } }
    var kept: ShownJSON? { state.withLock { $0.shown } }
    var isCommitted: Bool { state.withLock { $0.isCommitted } }
    func isAsked(under key: IdempotencyKey) { state.withLock { $0.key = key } }
    func keep(_ new: ShownJSON) { state.withLock { $0.shown = new } }
    /// A write that showed nothing was not the one.
    func commit() { state.withLock { $0.isCommitted = $0.shown != nil } }
}

/// The request was done before; this is what was answered.
private struct AnsweredBefore: Error {
    let json: String
}

/// What is to be changed is not what the program has seen.
package struct VersionMismatch: Error {
    package let id: String
    /// Its present version.
    package let version: Int64
}
