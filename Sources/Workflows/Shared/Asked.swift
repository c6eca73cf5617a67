import Pledging
import Store
import Synchronization

/// What a program asks of a verb beside what the verb is told: that it be done once under a key,
/// and only to the version that the program has seen. Both are looked at in the transaction of the
/// verb's first write.
package struct Asked: Sendable {
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
        package let presentation: Presentation
        /// It was answered before, with these bytes.
        package let isRepeat: Bool

        package init(presentation: Presentation, isRepeat: Bool) {
            self.presentation = presentation
            self.isRepeat = isRepeat
        }
    }

    /// Throws Problem as the verb does, `.conflict` for a key that stands for something else, and
    /// VersionMismatch.
    package func run<Result: Presented>(
        in context: Context, _ verb: (Context) async throws -> Result
    ) async throws -> Answer {
        guard key != nil || version != nil else {
            return Answer(presentation: try await verb(context).presentation, isRepeat: false)
        }
        let first = FirstAnswer(
            key: try key.map { key in
                try IdempotencyKey(
                    key.text, of: context.actor.text, request: key.request, context.book.keys)
            })
        do {
            let result = try await verb(context.checking(check(first, context)))
            return Answer(presentation: first.kept ?? result.presentation, isRepeat: false)
        } catch let repeated as AnsweredBefore {
            return Answer(
                presentation: try Presentation(stored: repeated.json), isRepeat: true)
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
            guard !first.isCommitted, let presented = answer as? any Presented else { return }
            let presentation = presented.presentation
            first.keep(presentation)
            try first.key?.remember(
                presentation.json, about: presentation.supporterID, in: transaction, at: now)
        } committed: {
            first.commit()
        }
    }
}

/// What the first write of a verb came to, at its last run.
private final class FirstAnswer: Sendable {
    private struct State {
        var key: IdempotencyKey?
        var presentation: Presentation?
        var isCommitted = false
    }

    private let state: Mutex<State>

    init(key: IdempotencyKey?) { state = Mutex(State(key: key)) }

    var key: IdempotencyKey? { state.withLock { $0.key } }
    var kept: Presentation? { state.withLock { $0.presentation } }
    var isCommitted: Bool { state.withLock { $0.isCommitted } }
    func isAsked(under key: IdempotencyKey) { state.withLock { $0.key = key } }
    func keep(_ new: Presentation) { state.withLock { $0.presentation = new } }
    /// A write that showed nothing was not the one.
    func commit() { state.withLock { $0.isCommitted = $0.presentation != nil } }
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
