import GRDB
import Store
import Synchronization

/// Group commit. Writes that wait at the same time run one after another in one transaction, each
/// in its own savepoint, and share its one durable commit. A write that fails leaves its neighbours
/// alone; an error that ends the whole transaction fails them all; nobody is answered before the
/// commit.
final class WriteGroup: Sendable {
    private struct Queue {
        var waiting: [Write] = []
        var isDraining = false
    }

    private let pool: DatabasePool
    private let queue = Mutex(Queue())

    init(_ pool: DatabasePool) { self.pool = pool }

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

    /// One write on the calling thread, in a transaction of its own.
    func performAlone<Answer: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) throws -> Answer {
        let answer = Mutex<Result<Answer, any Error>?>(nil)
        pool.writeWithoutTransaction { database in
            commit([Write(body) { result in answer.withLock { $0 = result } }], on: database)
        }
        guard let result = answer.withLock({ $0 }) else { throw DriverError.other("no answer") }
        return try result.get()
    }

    /// Runs groups on the writer's queue until nobody waits any more.
    private func drain() {
        pool.asyncWriteWithoutTransaction { [self] database in
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
        let connection = SQLiteConnection(database)
        var outcomes: [Write.Outcome] = []
        do {
            try translatingErrors { try database.beginTransaction(.immediate) }
            for write in group {
                let outcome = write.run(on: connection, database)
                outcomes.append(outcome)
                if let fatal = outcome.fatal { throw fatal }
                guard database.isInsideTransaction else {
                    throw DriverError.inputOutput("the database ended the transaction")
                }
            }
            try translatingErrors { try database.commit() }
        } catch {
            if database.isInsideTransaction { try? database.rollback() }
            // What has run is undone, what has not run yet never will be: all fail alike.
            for write in group { write.fail(error) }
            return
        }
        for outcome in outcomes { outcome.answer() }
    }

    /// Bounds how long the first of a group waits for the last.
    private static let sizeMaximum = 128
}

/// One write that waits for its commit.
private struct Write: Sendable {
    struct Outcome {
        /// Set when the error ends the transaction of the whole group.
        let fatal: DriverError?
        let answer: @Sendable () -> Void
    }

    private let attempt: @Sendable (SQLiteConnection, Database) -> Outcome
    private let finish: @Sendable (any Error) -> Void

    init<Answer: Sendable>(
        _ body: @escaping @Sendable (any Connection) throws -> Answer,
        _ finish: @escaping @Sendable (Result<Answer, any Error>) -> Void
    ) {
        self.finish = { finish(.failure($0)) }
        attempt = { connection, database in
            var answer: Answer?
            do {
                try database.inSavepoint {
                    answer = try body(connection)
                    return .commit
                }
            } catch {
                let driverError =
                    (error as? DatabaseError).map { DriverError($0) } ?? error as? DriverError
                return Outcome(fatal: driverError.flatMap { $0.endsTransaction ? $0 : nil }) {
                    finish(.failure(driverError ?? error))
                }
            }
            guard let answer else {
                return Outcome(fatal: nil) { finish(.failure(DriverError.other("no answer"))) }
            }
            return Outcome(fatal: nil) { finish(.success(answer)) }
        }
    }

    func run(on connection: SQLiteConnection, _ database: Database) -> Outcome {
        attempt(connection, database)
    }

    func fail(_ error: any Error) { finish(error) }
}
