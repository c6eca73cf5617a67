package import Pledging
import Store

/// Makes a restored or copied book the present one: people who were erased since the copy was made
/// are erased again, what may have been sent is not sent again, and jobs run on it from then on.
///
/// If it is killed, the book is still held; run again, it goes on.
package enum ReleaseBook {
    package struct Summary: Hashable, Sendable {
        package var erased = 0
        package var skippedReminders = 0
        package var droppedMails = 0

        package var json: JSON {
            [
                "erased": .integer(Int64(erased)),
                "skipped_reminders": .integer(Int64(skippedReminders)),
                "dropped_mails": .integer(Int64(droppedMails)),
            ]
        }
    }

    /// With `sendsAgain`, what was due before the last run is sent, even if it was sent before.
    /// Throws Problem `.conflict` when the book is not held.
    package static func run(
        sendsAgain: Bool, in context: Context
    ) async throws -> Summary {
        let context = context.acting(as: "release")
        guard try await context.isHeld() else {
            throw Problem(.conflict, "this book is not held; there is nothing to release")
        }
        // Without a journal it is not known what was sent since the copy was made.
        let last = try await context.lastRun()
        let sentUntil = last?.at ?? context.now
        // 1. Erase again whoever was erased since.
        var summary = Summary()
        summary.erased = try await eraseAgain(in: context)
        // 2. Skip what the other copy may have sent.
        if !sendsAgain {
            summary.skippedReminders = try await SkipReminders.run(dueBy: sentUntil, in: context)
            summary.droppedMails = try await DropQueuedMails.run(queuedBy: sentUntil, in: context)
        }
        // 3. Nothing is charged before the payments made without this copy were read.
        try await demandReconciliation(in: context)
        // 4. Count a run: from now on every other copy is held.
        try await context.recordRun(atLeast: (last?.number ?? 0) + 1)
        _ = try await context.book.driver.purgeLog()
        context.log(.notice, "book released", summary.json)
        return summary
    }

    /// Payments are read from some days before the last attempt that the copy knows; later ones
    /// are the other copy's. A processor that this copy does not know is read at its first use.
    private static func demandReconciliation(in context: Context) async throws {
        try await context.change { change in
            let last = try change.store.lastAttemptStartedAt()
            try change.store.setReconcileSince(
                last?.adding(days: -marginDays) ?? Instant(milliseconds: 0), of: nil)
            try change.store.clearMessageCursor(of: nil)
            try change.store.markReleased(at: change.now)
        }
    }

    private static func eraseAgain(in context: Context) async throws -> Int {
        let runs = try await context.look { try $0.store.runs() }
        let journal = context.book.journal
        let all = try await context.fileCalls.run {
            try journal.tombstones().filter { $0.run > runs }
        }
        var erased = try await removeAgain(
            all.filter { $0.deed == .removed }.map(\.supporterID), in: context)
        var tombstones = all.filter { $0.deed == .erased }[...]
        while !tombstones.isEmpty {
            let batch = Array(tombstones.prefix(batchSize))
            tombstones = tombstones.dropFirst(batchSize)
            erased += try await context.change { change in
                try batch.count { try eraseAgain($0.supporterID, in: change) }
            }
        }
        return erased
    }

    /// Erases a person again. Returns false when the copy has nothing of the person.
    private static func eraseAgain(_ id: ID<Supporter>, in change: Change) throws -> Bool {
        guard let supporter = try change.store.supporter(id), supporter.contact != nil else {
            return false
        }
        _ = try change.supporters.forget(supporter, by: .staff, isKnownBesideRing: true)
        return true
    }

    /// Removes people again. Returns how many of them the copy still had.
    private static func removeAgain(
        _ ids: [ID<Supporter>], in context: Context
    ) async throws -> Int {
        guard !ids.isEmpty else { return 0 }
        var removed = 0
        try await context.redacting { redaction in
            for id in ids {
                let wasThere = try await context.change { change in
                    guard try change.store.supporter(id) != nil else { return false }
                    try change.supporters.remove(id, redaction: redaction)
                    return true
                }
                if wasThere { removed += 1 }
            }
        }
        return removed
    }

    private static let batchSize = 200
    /// Days before this copy's last attempt from which payments are read: an attempt may have been
    /// repeated since.
    private static let marginDays: Int64 = 30
}
