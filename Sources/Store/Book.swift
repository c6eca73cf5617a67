/// A newsroom's database, the key ring that opens it, and the journal beside the ring: what every
/// verb reads and writes.
package struct Book: Sendable {
    package let driver: any Driver
    package let keys: KeyRing
    package let journal: RingJournal
    /// What a door asks of every write of the verb that it calls.
    private let check: WriteCheck?

    package init(
        driver: any Driver, keys: KeyRing, journal: RingJournal, check: WriteCheck? = nil
    ) {
        self.driver = driver
        self.keys = keys
        self.journal = journal
        self.check = check
    }

    /// The same book, whose writes are looked at.
    package func checked(by check: WriteCheck) -> Book {
        Book(driver: driver, keys: keys, journal: journal, check: check)
    }

    package func read<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.read) { try body(Transaction($0, keys, journal)) }
    }

    /// The same for a few rows by their keys: quick, and on the calling thread.
    package func lookUp<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.lookUp) { try body(Transaction($0, keys, journal)) }
    }

    /// Returns after the commit is durable; an error leaves nothing behind. What is written is
    /// sealed under the key that the book names at that moment, so that a rotation in another
    /// process holds for this one too.
    package func write<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal, check) = (keys, journal, check)
        let answer = try await driver.transaction(.write) { connection in
            let transaction = Transaction(connection, keys, journal)
            if !connection.memo.knowsKeys { try transaction.useKeysOfBook() }
            try check?.before(transaction)
            let answer = try body(transaction)
            try check?.after(answer, transaction)
            return answer
        }
        check?.committed()
        return answer
    }

    /// A write on a book whose schema is not, or not yet, the newest.
    package func writeSchema<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.write) { try body(Transaction($0, keys, journal)) }
    }
}

/// Looks at a write in its own transaction: what must hold before it, and what came of it. An error
/// of either leaves nothing behind. A write may run twice, of which the last run counts: both look
/// at each run, and `committed` is told when it is over.
package struct WriteCheck: Sendable {
    let before: @Sendable (Transaction) throws -> Void
    let after: @Sendable (any Sendable, Transaction) throws -> Void
    let committed: @Sendable () -> Void

    package init(
        before: @escaping @Sendable (Transaction) throws -> Void,
        after: @escaping @Sendable (any Sendable, Transaction) throws -> Void,
        committed: @escaping @Sendable () -> Void
    ) {
        self.before = before
        self.after = after
        self.committed = committed
    }
}

/// One transaction on the book. Every statement is a function of it, in Statements/.
package struct Transaction {
    let connection: any Connection
    package let keys: KeyRing
    let journal: RingJournal

    init(_ connection: any Connection, _ keys: KeyRing, _ journal: RingJournal) {
        self.connection = connection
        self.keys = keys
        self.journal = journal
    }
}

/// The subject has changed since it was read: somebody else was faster.
package struct StaleVersion: Error, CustomStringConvertible {
    package let id: String
    package init(id: String) { self.id = id }
    package var description: String { "\(id) was changed by someone else meanwhile; try again" }
}
