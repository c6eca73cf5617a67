import Pledging

/// One database engine, as Store sees it. A driver never maps rows to entities and knows no table.
package protocol Driver: Sendable {
    var engine: Engine { get }

    /// Runs `body` in one transaction and returns after its commit is durable. A write that throws
    /// leaves nothing behind. Writes that wait at the same time may share one commit. A write is
    /// carried out even if its task was cancelled, because it may record what happened outside; a
    /// read may throw CancellationError instead.
    ///
    /// `body` is synchronous on purpose: the compiler then bars awaiting anything inside it.
    func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer

    /// Sees to it that what was deleted or changed stands in no file of the database any more,
    /// neither in a log nor in freed pages, nor in a scratch copy that a killed process left. False
    /// while another process still reads an older state, or a dry run works on one.
    func purgeLog() async throws -> Bool

    /// What the engine says about itself, for `doctor`: durability, integrity, versions.
    func inspect() async throws -> [Inspection]

    /// Copies the whole database, as it is at one moment, into a new private file at `path`, while
    /// others write. The copy is one file and sound by itself, but not durable yet; after an error
    /// the caller removes what there is of it, side files included. `progress` is told pages, done
    /// and in all. Throws `FileError` when the file cannot be made, else `DriverError`.
    func copy(
        to path: String, progress: @escaping @Sendable (Int, Int) -> Void
    ) async throws

    /// Runs `body` on a private copy of the whole database, as it is at one moment, and throws the
    /// copy away: what a dry run works on. Others write to the database meanwhile. It needs as much
    /// room as the database has, and what `body` writes.
    func onScratchCopy<Answer: Sendable>(
        _ body: (any Driver) async throws -> Answer
    ) async throws -> Answer
}

package enum TransactionKind: Sendable {
    case read
    /// A read of a few rows by their keys. It runs on the calling thread: to hand it over to
    /// another one and back takes longer than it does. Never for what goes on for long.
    case lookUp
    case write
}

/// The inside of one transaction. After an error nothing more may run in it.
package protocol Connection {
    /// What Store has read in this transaction and need not read again. The driver gives each
    /// transaction its own, and empties it where it undoes a part of one.
    var memo: TransactionMemo { get }

    /// Runs the statement once for each row of parameters and returns all rows that came out.
    func run(_ statement: Statement, _ rows: [[Value]]) throws(DriverError) -> [Row]

    /// Runs several statements without parameters, as migrations are.
    func script(_ sql: String) throws(DriverError)
}

/// What holds for the whole of a transaction, which several writes may share. Whatever changes one
/// of these forgets it here.
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
