import GRDB
import Store
import Synchronization

/// Group commit. Writes that wait at the same time run one after another in one transaction and
/// share its durable commit. Each returns only after that commit.
///
/// A group first runs without savepoints, because a savepoint journals every page that its write
/// touches (it made registering four times as slow). If a write fails, the whole group is rolled
/// back and runs again with a savepoint around each write, so that the failed one does not affect
/// the others. So a write may run twice, and only its last run counts. An error that ends the
/// transaction itself (disk full, I/O) fails the whole group.
final class WriteGroup: Sendable {
    private struct Queue {
        var waiting: [Write] = []
        var isDraining = false
    }

    private let writer: DatabaseQueue
    private let queue = Mutex(Queue())

    init(_ writer: DatabaseQueue) { self.writer = writer }

    /// Queues a write; returns its answer after the commit of its group.
    func perform<Answer: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let write = Write(body) { continuation.resume(with: $0) }
            let mustDrain = queue.withLock { queue in
                queue.waiting.append(write)
                defer { queue.isDraining = true }
                return !queue.isDraining
            }
            if mustDrain { drain() }
        }
    }

    /// Runs one write on the calling thread, in its own transaction.
    func performAlone<Answer: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) throws -> Answer {
        let answer = Mutex<Result<Answer, any Error>?>(nil)
        writer.writeWithoutTransaction { database in
            commit([Write(body) { result in answer.withLock { $0 = result } }], on: database)
        }
        guard let result = answer.withLock({ $0 }) else {
            throw DriverError.other("the write returned no result")
        }
        return try result.get()
    }

    /// Runs groups on the writer's queue until no write waits.
    private func drain() {
        writer.asyncWriteWithoutTransaction { [self] database in
            while true {
                let group = queue.withLock { queue in
                    let group = Array(queue.waiting.prefix(WriteGroup.sizeMaximum))
                    queue.waiting.removeFirst(group.count)
                    if group.isEmpty { queue.isDraining = false }
                    return group
                }
                if group.isEmpty { return }
                commit(group, on: database)
            }
        }
    }

    private func commit(_ group: [Write], on database: Database) {
        do {
            let outcomes =
                try attempt(group, on: database, guarding: false)
                ?? attempt(group, on: database, guarding: true) ?? []
            for outcome in outcomes { outcome.answer() }
        } catch {
            for write in group { write.fail(error) }
        }
    }

    /// Runs the group in one transaction. Returns nil, with everything rolled back, when a write
    /// failed without a savepoint.
    private func attempt(
        _ group: [Write], on database: Database, guarding: Bool
    ) throws -> [Write.Outcome]? {
        let connection = SQLiteConnection(database)
        var outcomes: [Write.Outcome] = []
        do {
            try translatingErrors { try database.beginTransaction(.immediate) }
            for write in group {
                // The write before may have been rolled back to its savepoint.
                if guarding { connection.memo.empty() }
                let outcome = write.run(on: connection, guarding ? database : nil)
                if let fatal = outcome.fatal { throw fatal }
                if outcome.failed && !guarding {
                    try translatingErrors { try database.rollback() }
                    // A failed write that was alone in its group need not run again.
                    return group.count == 1 ? [outcome] : nil
                }
                guard database.isInsideTransaction else {
                    throw DriverError.inputOutput("the database ended the transaction")
                }
                outcomes.append(outcome)
            }
            try translatingErrors { try database.commit() }
            return outcomes
        } catch {
            if database.isInsideTransaction { try? database.rollback() }
            throw error
        }
    }

    /// Bounds how long the first of a group waits for the last.
    private static let sizeMaximum = 128
}

/// One write that waits for its commit.
private struct Write: Sendable {
    struct Outcome {
        let failed: Bool
        /// Set when the error ends the transaction of the whole group.
        let fatal: DriverError?
        let answer: @Sendable () -> Void
    }

    private let attempt: @Sendable (SQLiteConnection, Database?) -> Outcome
    private let finish: @Sendable (any Error) -> Void

    init<Answer: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Answer,
        _ finish: @escaping @Sendable (Result<Answer, any Error>) -> Void
    ) {
        self.finish = { finish(.failure($0)) }
        attempt = { connection, guarding in
            do {
                let answer = try Write.guarded(guarding) { try body(connection) }
                return Outcome(failed: false, fatal: nil) { finish(.success(answer)) }
            } catch {
                let own = (error as? DatabaseError).map { DriverError($0) } ?? error as? DriverError
                let fatal = own.flatMap { $0.endsTransaction ? $0 : nil }
                return Outcome(failed: true, fatal: fatal) { finish(.failure(own ?? error)) }
            }
        }
    }

    /// Runs `body` in a savepoint of `database`, or without one when it is nil.
    private static func guarded<Answer>(
        _ database: Database?, _ body: () throws -> Answer
    ) throws -> Answer {
        guard let database else { return try body() }
        var answer: Answer?
        try database.inSavepoint {
            answer = try body()
            return .commit
        }
        guard let answer else { throw DriverError.other("a savepoint did not run") }
        return answer
    }

    func run(on connection: SQLiteConnection, _ guarding: Database?) -> Outcome {
        attempt(connection, guarding)
    }

    func fail(_ error: any Error) { finish(error) }
}
