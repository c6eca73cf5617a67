package import Pledging
import Store

/// A person is forgotten: name, address, tokens, mails and free texts go; ids, amounts and states
/// stay for the accounts. Live pledges end with it.
package enum EraseSupporter {
    package static func run(
        _ id: ID<Supporter>, by party: Cancellation.Party, in context: Context
    ) async throws -> Supporter {
        let now = context.now
        return try await context.book.write { transaction in
            guard let supporter = try transaction.supporter(id) else {
                throw Problem.noSuch("supporter", id.text)
            }
            guard supporter.contact != nil else { return supporter }
            // 1. Nothing is collected any more.
            for pledge in try transaction.pledges(of: id) where !pledge.state.isFinal {
                try transaction.move(pledge, by: .cancelAsked, in: context, at: now) {
                    $0.cancellation = Cancellation(reason: .privacy, by: party)
                }
            }
            for method in try transaction.paymentMethods(of: id) {
                try transaction.move(method, by: .removed, in: context, at: now)
            }
            try transaction.dropPledgeTexts(of: id)
            // 2. Nothing is sent any more.
            for reminder in try transaction.reminders(of: id) {
                try transaction.stop(reminder, in: context, at: now)
            }
            _ = try transaction.deleteMails(of: id)
            // 3. Nobody is known any more.
            var erased = supporter
            erased.contact = nil
            erased.confirmedAt = nil
            erased.erasedAt = now
            erased.version += 1
            try transaction.update(erased, at: now)
            try transaction.append([try context.event(.supporterErased, erased, at: now)])
            return erased
        }
    }
}

extension Transaction {
    /// Ends a reminder whose person is forgotten: scheduled ones are cancelled, and one whose mail
    /// waits to be sent has failed, because its mail row goes.
    fileprivate func stop(_ reminder: Reminder, in context: Context, at now: Instant) throws {
        switch reminder.state {
        case .scheduled: try cancel(reminder, in: context, at: now)
        case .queued: try settle(reminder, sent: false, reason: "erased", in: context, at: now)
        case .sent, .failed, .skipped, .cancelled: break
        }
    }
}
