/// A newsroom's database, the key ring that opens it, and the journal beside the ring. Every verb
/// reads and writes through it.
package struct Book: Sendable {
    package let driver: any Driver
    package let keys: KeyRing
    package let journal: RingJournal

    package init(driver: any Driver, keys: KeyRing, journal: RingJournal) {
        self.driver = driver
        self.keys = keys
        self.journal = journal
    }

    /// Runs `body` on a private copy of this book, which is then discarded. The journal beside the
    /// ring is read but not written. Throws what `Driver.onScratchCopy` throws.
    package func onScratchCopy<Answer: Sendable>(
        _ body: (Book) async throws -> Answer
    ) async throws -> Answer {
        try await driver.onScratchCopy { driver in
            try await body(Book(driver: driver, keys: keys, journal: journal.ofScratchCopy))
        }
    }

    /// Runs `body` in one read transaction. Throws what `Driver.transaction` throws.
    package func read<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.read) { try body(Transaction($0, keys, journal)) }
    }

    /// As `read`, on the calling thread: only for a few rows that are found by their keys.
    package func lookUp<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.lookUp) { try body(Transaction($0, keys, journal)) }
    }

    /// Runs `body` in one write transaction and returns after its commit is durable; an error
    /// leaves nothing written. `body` may run twice. New values are sealed under the key that the
    /// book names at that moment, so a rotation in another process takes effect here too. Throws
    /// KeyRingError.lacksKey when the ring's file does not hold that key.
    package func write<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.write) { connection in
            let transaction = Transaction(connection, keys, journal)
            if !connection.memo.knowsKeys { try transaction.useKeysOfBook() }
            return try body(transaction)
        }
    }

    /// As `write`, for a book whose schema may be older than the newest: it does not read which
    /// keys the book names.
    package func writeSchema<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.write) { try body(Transaction($0, keys, journal)) }
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

/// Somebody else changed the subject since it was read.
package struct StaleVersion: Error, CustomStringConvertible {
    package let id: String
    package init(id: String) { self.id = id }
    package var description: String { "\(id) was changed by someone else meanwhile; try again" }
}
