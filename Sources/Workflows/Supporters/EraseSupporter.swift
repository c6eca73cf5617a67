package import Pledging
import Store

/// A person is forgotten: name, address, tokens, mails and free texts go; ids, amounts and states
/// stay for the accounts. Live pledges end with it.
package enum EraseSupporter {
    package struct Answer: Sendable {
        package let supporter: Supporter
        /// No file of the book holds what was erased. False while another process still reads an
        /// older state of it: the last one to close the book finishes the work.
        package let isPurged: Bool
    }

    package static func run(
        _ id: ID<Supporter>, by party: Cancellation.Party, in context: Context
    ) async throws -> Answer {
        // An erasure counts as a run: on an older copy it passes for one that it has seen.
        try await context.refuseWhileHeld()
        let now = context.now
        let forgotten = try await context.book.write { transaction in
            guard let supporter = try transaction.supporter(id) else {
                throw Problem.noSuch("supporter", id.text)
            }
            return try transaction.forget(supporter, by: party, in: context, at: now)
        }
        try context.removeFromOutbox(forgotten.mailIDs)
        context.log(.info, "supporter erased", ["supporter": "\(id)"])
        return Answer(
            supporter: forgotten.supporter, isPurged: try await context.book.driver.purgeLog())
    }
}

/// What forgetting a person leaves to do after the commit.
struct ForgottenPerson: Sendable {
    let supporter: Supporter
    /// Their mails, which may lie in the outbox.
    let mailIDs: [ID<QueuedMail>]
}

extension Transaction {
    /// Everything that forgetting a person means for the book. A second time it does nothing.
    func forget(
        _ supporter: Supporter, by party: Cancellation.Party, isKnownBesideRing: Bool = false,
        in context: Context, at now: Instant
    ) throws -> ForgottenPerson {
        guard supporter.contact != nil else {
            return ForgottenPerson(supporter: supporter, mailIDs: [])
        }
        let id = supporter.id
        // 1. Nothing is collected any more.
        for pledge in try pledges(of: id) where !pledge.state.isFinal {
            try move(pledge, by: .cancelAsked, in: context, at: now) {
                $0.cancellation = Cancellation(reason: .privacy, by: party)
            }
        }
        try removeTokens(of: id, in: context, at: now)
        for method in try paymentMethods(of: id) {
            try move(method, by: .removed, in: context, at: now)
        }
        try dropPledgeTexts(of: id)
        try dropChargeNotes(of: id)
        // 2. Nothing is sent any more.
        for reminder in try reminders(of: id) { try stop(reminder, in: context, at: now) }
        let mailIDs = try deleteMails(of: id)
        // 3. Nobody is known any more, in an older copy of the book either.
        try forgetAnswers(about: id)
        var erased = supporter
        erased.contact = nil
        erased.confirmedAt = nil
        erased.erasedAt = now
        erased.version += 1
        try update(erased, at: now)
        try append([try context.event(.supporterErased, erased, at: now)])
        if !isKnownBesideRing { try bury([id], .erased) }
        return ForgottenPerson(supporter: erased, mailIDs: mailIDs)
    }

    /// Ends a reminder whose person is forgotten: scheduled ones are cancelled, and one whose mail
    /// waits to be sent has failed, because its mail row goes.
    private func stop(_ reminder: Reminder, in context: Context, at now: Instant) throws {
        switch reminder.state {
        case .scheduled: try cancel(reminder, in: context, at: now)
        case .queued: try settle(reminder, sent: false, reason: "erased", in: context, at: now)
        case .sent, .failed, .skipped, .cancelled: break
        }
    }
}
