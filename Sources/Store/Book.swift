/// A newsroom's database and the key ring that opens it: what every verb reads and writes.
package struct Book: Sendable {
    package let driver: any Driver
    package let keys: KeyRing

    package init(driver: any Driver, keys: KeyRing) {
        self.driver = driver
        self.keys = keys
    }

    package func read<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let keys = keys
        return try await driver.transaction(.read) { try body(Transaction($0, keys)) }
    }

    /// Returns after the commit is durable; an error leaves nothing behind.
    package func write<Answer: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Answer
    ) async throws -> Answer {
        let keys = keys
        return try await driver.transaction(.write) { try body(Transaction($0, keys)) }
    }
}

/// One transaction on the book. Every statement is a function of it, in Statements/.
package struct Transaction {
    let connection: any Connection
    package let keys: KeyRing

    init(_ connection: any Connection, _ keys: KeyRing) {
        self.connection = connection
        self.keys = keys
    }
}

/// The subject has changed since it was read: somebody else was faster.
package struct StaleVersion: Error, CustomStringConvertible {
    package let id: String
    package init(id: String) { self.id = id }
    package var description: String { "\(id) was changed by someone else meanwhile; try again" }
}
