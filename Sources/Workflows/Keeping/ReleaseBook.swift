package import Pledging
import Store

/// A restored or copied book is made the present one: whoever was erased since it was made is
/// erased again, what may have been sent is not sent again, and jobs run on it from now on.
///
/// Killed anywhere, the book is still held; run again, it goes on.
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

    /// With `sendsAgain`, what was due before the last run goes out, whether or not it was sent.
    package static func run(
        sendsAgain: Bool, through processors: Processors = Processors([]), in context: Context
    ) async throws -> Summary {
        let context = context.acting(as: "release")
        guard try await context.isHeld(), let last = try context.book.journal.lastRun() else {
            throw Problem(.conflict, "this book is not held; there is nothing to release")
        }
        // 1. Nobody who was erased is back.
        var summary = Summary()
        summary.erased = try await eraseAgain(in: context)
        // 2. What the other copy may have sent is not sent twice.
        if !sendsAgain {
            summary.skippedReminders = try await skipReminders(dueBy: last.at, in: context)
            summary.droppedMails = try await dropMails(queuedBy: last.at, in: context)
        }
        // 3. Nothing is charged before it is known what was charged without this copy.
        try await demandReconciliation(processors, in: context)
        // 4. This is the present book; every other copy is held.
        let now = context.now
        let number = try await context.book.write { try $0.countRun(atLeast: last.number + 1) }
        try context.book.journal.record(number, at: now)
        _ = try await context.book.driver.purgeLog()
        context.log(.notice, "book released", summary.json)
        return summary
    }

    /// From before the last attempt that the copy knows: later ones are the other copy's.
    private static func demandReconciliation(
        _ processors: Processors, in context: Context
    ) async throws {
        let now = context.now
        try await context.book.write { transaction in
            let last = try transaction.lastAttemptStartedAt()
            for processor in processors.all { try transaction.admit(processor, at: now) }
            try transaction.setReconcileSince(
                last?.adding(days: -marginDays) ?? Instant(milliseconds: 0), of: nil)
        }
    }

    private static func eraseAgain(in context: Context) async throws -> Int {
        let now = context.now
        let runs = try await context.book.read { try $0.runs() }
        let all = try context.book.journal.tombstones().filter { $0.run > runs }
        var erased = try await removeAgain(
            all.filter { $0.deed == .removed }.map(\.supporterID), in: context)
        var graves = all.filter { $0.deed == .erased }[...]
        while !graves.isEmpty {
            let batch = Array(graves.prefix(batchSize))
            graves = graves.dropFirst(batchSize)
            let forgotten = try await context.book.write { transaction in
                try batch.compactMap { grave in
                    try transaction.eraseAgain(grave.supporterID, in: context, at: now)
                }
            }
            try context.removeFromOutbox(forgotten.flatMap(\.mailIDs))
            erased += forgotten.count
        }
        return erased
    }

    /// Returns how many of them the copy still had.
    private static func removeAgain(
        _ ids: [ID<Supporter>], in context: Context
    ) async throws -> Int {
        guard !ids.isEmpty else { return 0 }
        var removed = 0
        try await context.book.redacting(in: context) { redaction in
            for id in ids {
                let now = context.now
                let mails = try await context.book.write { transaction in
                    guard try transaction.supporter(id) != nil else {
                        return [ID<QueuedMail>]?.none
                    }
                    return try transaction.remove(id, redaction: redaction, in: context, at: now)
                }
                guard let mails else { continue }
                try context.removeFromOutbox(mails)
                removed += 1
            }
        }
        return removed
    }

    private static func skipReminders(
        dueBy last: Instant, in context: Context
    ) async throws -> Int {
        let now = context.now
        // What dates promised until then, as the jobs of the other copy made it.
        let promises = try await context.book.read { transaction in
            PromisedReminders.all(on: try transaction.today(at: last))
        }
        for promise in promises {
            var goesOn = true
            while goesOn {
                goesOn = try await context.book.write { transaction in
                    try promise.insertPage(transaction, in: context, at: last)
                }
            }
        }
        var skipped = 0
        var position: DuePosition?
        while true {
            let after = position
            let due = try await context.book.read { transaction in
                try transaction.dueReminders(
                    by: last, withSupport: true, after: after, limit: batchSize)
            }
            guard let end = due.last else { return skipped }
            skipped += try await context.book.write { transaction in
                // A charge waits for its notice: better told twice than never.
                let ids = due.map(\.id)
                let notices = try transaction.dueReminders(ids).filter {
                    $0.reminder.kind == .upcomingCharge
                }.map(\.reminder.id)
                return try ReminderBatch.decide(
                    ids.filter { !notices.contains($0) }, transaction, perhapsSent: true,
                    in: context, at: now
                ).decided
            }
            position = end
        }
    }

    private static func dropMails(
        queuedBy last: Instant, in context: Context
    ) async throws -> Int {
        let now = context.now
        var dropped = 0
        var position = ""
        while true {
            let after = position
            let mails = try await context.book.read { transaction in
                try transaction.queuedMails(createdBy: last, after: after, limit: batchSize)
            }
            guard let end = mails.last else { return dropped }
            dropped += try await context.book.write { transaction in
                var count = 0
                for mail in mails where mail.kind != .upcomingCharge {
                    let reason = SkipReason.perhapsSent.rawValue
                    guard try transaction.markMailFailed(mail.id, reason: reason) else { continue }
                    try transaction.settle(
                        mail, sent: false, reason: reason, in: context, at: now)
                    count += 1
                }
                return count
            }
            position = end.id.text
        }
    }

    private static let batchSize = 200
    /// Days by which payments are read from earlier on: an attempt may have been tried again since.
    private static let marginDays: Int64 = 30
}

extension Transaction {
    /// Nil when the copy has nothing of the person.
    fileprivate func eraseAgain(
        _ id: ID<Supporter>, in context: Context, at now: Instant
    ) throws -> ForgottenPerson? {
        guard let supporter = try supporter(id), supporter.contact != nil else { return nil }
        return try forget(supporter, by: .staff, isKnownBesideRing: true, in: context, at: now)
    }
}
