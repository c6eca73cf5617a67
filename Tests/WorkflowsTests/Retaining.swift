import Mail
import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

// Helpers for tests of retention.

extension TestBook {
    var outboxPath: String { path + ".outbox" }
    var outbox: OutboxFolder { OutboxFolder(path: outboxPath) }

    /// Runs retention now, with settings as a test wants them.
    func retain(
        isDryRun: Bool = false, _ change: (inout Settings.Retention) -> Void = { _ in }
    ) async throws -> RunRetention.Summary {
        var settings = try standardSettings()
        change(&settings.retention)
        return try await RunRetention.run(
            isDryRun: isDryRun, in: context(settings: settings))
    }

    /// The same through a driver of the test's own.
    func retain(through driver: any Driver) async throws -> RunRetention.Summary {
        try await RunRetention.run(isDryRun: false, in: context(through: driver))
    }

    /// Delivers all waiting mails into the outbox.
    func postToOutbox() async throws {
        _ = try await deliver(through: OutboxTransport(folder: outboxPath))
    }

    /// A reader who asked for a reminder in a week; it has just gone out.
    @discardableResult
    func remindReader(_ email: String = "reader@example.org") async throws -> Reminder {
        let reminder = try await ask(.week, email: email)
        now = reminder.dueAt
        _ = try await sendReminders()
        try await postToOutbox()
        return reminder
    }

    /// A supporter with a live annual pledge, and a notice of it that waits to be sent.
    @discardableResult
    func noticeSupporter() async throws -> Planted {
        let planted = try await plant {
            $0.interval = .year
            $0.nextChargeOn = "2026-12-05"
        }
        _ = try await sendReminders()
        return planted
    }

    /// The number of known people.
    func known() async throws -> Int {
        try await supporters().count { $0.contact != nil }
    }

    /// The number of rows of a table.
    func rows(of table: String) async throws -> Int64 {
        try await book.driver.transaction(.read) { connection in
            try connection.run(Statement("SELECT count(*) FROM \(table)"))[0].integer(0)
        }
    }
}

/// The book's driver with a hook before each write; writes are counted from 1. If the hook throws,
/// the write does not take place.
final class HookedDriver: ForwardingDriver {
    let inner: any Driver
    private let writes = Mutex(0)
    private let beforeWrite: @Sendable (Int) async throws -> Void

    init(_ inner: any Driver, beforeWrite: @escaping @Sendable (Int) async throws -> Void) {
        self.inner = inner
        self.beforeWrite = beforeWrite
    }

    /// The first write after `begins` is true finds the disk full.
    static func failingOnce(
        _ inner: any Driver, when begins: @escaping @Sendable () -> Bool
    ) -> HookedDriver {
        let hasFailed = Mutex(false)
        return HookedDriver(inner) { _ in
            let isFirst =
                begins()
                && hasFailed.withLock { hasFailed in
                    defer { hasFailed = true }
                    return !hasFailed
                }
            if isFirst { throw DriverError.diskFull }
        }
    }

    /// How many writes were asked for.
    var count: Int { writes.withLock { $0 } }

    func transaction<Answer: Sendable>(
        _ kind: TransactionKind,
        _ body: @escaping @Sendable (any Connection) throws -> Answer
    ) async throws -> Answer {
        if kind == .write {
            let number = writes.withLock { writes in
                writes += 1
                return writes
            }
            try await beforeWrite(number)
        }
        return try await inner.transaction(kind, body)
    }
}

/// Thrown where the process is to end.
struct Killed: Error {}
