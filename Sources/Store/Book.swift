/// A newsroom's database, the key ring that opens it, and the journal beside the ring: what every
/// verb reads and writes.
package struct Book: Sendable {
    package let driver: any Driver
    package let keys: KeyRing
    package let journal: RingJournal

    package init(driver: any Driver, keys: KeyRing, journal: RingJournal) {
        self.driver = driver
        self.keys = keys
        self.journal = journal
    }

    /// Runs `body` on a private copy of this book, which is thrown away afterwards; the journal
    /// beside the ring is read and not written. Errors are those of `Driver.copy`.
    package func onScratchCopy<Answer: Sendable>(
        _ body: (Book) async throws -> Answer
    ) async throws -> Answer {
        try await driver.onScratchCopy { driver in
            try await body(Book(driver: driver, keys: keys, journal: journal.ofScratchCopy))
        }
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
        let (keys, journal) = (keys, journal)
        return try await driver.transaction(.write) { connection in
            let transaction = Transaction(connection, keys, journal)
            if !connection.memo.knowsKeys { try transaction.useKeysOfBook() }
            return try body(transaction)
        }
    }

    /// A write on a book whose schema is not, or not yet, the newest.
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

/// The subject has changed since it was read: somebody else was faster.
package struct StaleVersion: Error, CustomStringConvertible {
    package let id: String
    package init(id: String) { self.id = id }
    package var description: String { "\(id) was changed by someone else meanwhile; try again" }
}
