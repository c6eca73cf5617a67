import Pledging

/// A database engine, as Store uses it. A driver knows no table and maps no rows to entities.
package protocol Driver: Sendable {
    var engine: Engine { get }

    /// Runs `body` in one transaction and returns its answer after the commit is durable. A write
    /// that throws leaves nothing written. Writes that wait at the same time may share one commit;
    /// `body` may then run twice, and only its last run counts. A write runs even if its task was
    /// cancelled, because it may record what has happened outside; a read may throw
    /// CancellationError instead.
    ///
    /// `body` is synchronous so that the compiler rejects awaiting anything in it.
    func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer

    /// Removes deleted and overwritten data from all files of the database: from the log, from
    /// freed pages, and from scratch copies that a killed process left. Returns false while another
    /// process still reads an older state or a dry run works on one.
    func purgeLog() async throws -> Bool

    /// Returns what the engine reports about itself, for `doctor`: durability, integrity, versions.
    func inspect() async throws -> [Inspection]

    /// Copies the whole database, as it is at one moment, into a new file of mode 0600 at `path`,
    /// while others write. The copy is one complete file, but not durable yet. After an error the
    /// caller removes it and the files beside it. `progress` receives the pages copied and the
    /// pages in all. Throws `FileError` when the file cannot be made, else `DriverError`.
    func copy(
        to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws

    /// Runs `body` on a private copy of the whole database, as it is at one moment, and then
    /// discards the copy; for dry runs. Others can write to the database meanwhile. It needs as
    /// much disk space as the database has, and what `body` writes. Throws what `copy` and `body`
    /// throw.
    func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer
}

package enum TransactionKind: Sendable {
    case read
    /// A short read of a few rows by their keys. It runs on the calling thread, because handing it
    /// to another thread takes longer than the read; a long read would block that thread.
    case lookUp
    case write
}

/// One open transaction. After an error no further statement may run in it.
package protocol Connection {
    /// What Store has read in this transaction and need not read again. The driver gives each
    /// transaction its own memo, and empties it when it undoes a part of the transaction.
    var memo: TransactionMemo { get }

    /// Runs the statement once for each row of parameters and returns all resulting rows.
    func run(_ statement: Statement, _ rows: [[Value]]) throws(DriverError) -> [Row]

    /// Runs an SQL script without parameters, such as a migration.
    func script(_ sql: String) throws(DriverError)
}

/// Values that hold for a whole transaction, which several writes may share. A function that
/// changes one of them in the book clears it here.
package final class TransactionMemo {
    var knowsKeys = false
    var riskPolicies: [StoredRiskPolicy]?
    var newsroom: Newsroom?
    var webhookListeners: [WebhookListener]?

    package init() {}

    package func empty() {
        knowsKeys = false
        riskPolicies = nil
        newsroom = nil
        webhookListeners = nil
    }
}

/// One finding of a driver about its database.
package struct Inspection: Sendable {
    package let name: String
    package let isSound: Bool
    package let detail: String

    package init(name: String, isSound: Bool, detail: String) {
        self.name = name
        self.isSound = isSound
        self.detail = detail
    }
}

/// One SQL statement. Parameters are `$1`, `$2` … and appear first in that order, because SQLite
/// numbers them by first appearance.
package struct Statement: Hashable, Sendable, ExpressibleByStringLiteral {
    package let sql: String
    package init(stringLiteral sql: String) { self.sql = sql }
    package init(_ sql: String) { self.sql = sql }
}

extension Connection {
    package func run(_ statement: Statement, _ parameters: Value...) throws(DriverError) -> [Row] {
        try run(statement, [parameters])
    }
}
