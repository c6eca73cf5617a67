import Pledging
import Store

/// Adds people to the book, and forgets them.
struct SupporterMoves {
    let change: Change

    /// Returns the supporter of this address, unchanged, or a new one; with the events, which the
    /// caller appends.
    func findOrAdd(_ contact: Contact) throws -> (supporter: Supporter, events: [Event]) {
        if let known = try change.store.supporter(email: contact.email) { return (known, []) }
        let new = Supporter(id: try change.id(), contact: contact, createdAt: change.now)
        try change.store.insert(new)
        return (new, [try change.event(.supporterCreated, new)])
    }

    /// Stores the next version of a supporter, with its event.
    func write(_ supporter: Supporter, _ type: EventType) throws {
        try change.store.update(supporter, at: change.now)
        try change.emit(type, supporter)
    }

    /// Erases a person's data from the book; their mails are removed from the outbox after the
    /// commit. Does nothing a second time. `isKnownBesideRing` says that the journal has their
    /// tombstone already.
    func forget(
        _ supporter: Supporter, by party: Cancellation.Party, isKnownBesideRing: Bool = false
    ) throws -> Supporter {
        guard supporter.contact != nil else { return supporter }
        let id = supporter.id
        let store = change.store
        // 1. Nothing is collected any more.
        for pledge in try store.pledges(of: id) where !pledge.state.isFinal {
            try change.pledges.move(pledge, by: .cancelAsked) {
                $0.cancellation = Cancellation(reason: .privacy, by: party)
            }
        }
        try change.methods.forgetTokens(of: id)
        for method in try store.paymentMethods(of: id) {
            try change.methods.move(method, by: .removed)
        }
        try store.dropPledgeTexts(of: id)
        try store.dropChargeNotes(of: id)
        // 2. Nothing is sent any more.
        for reminder in try store.reminders(of: id) { try stop(reminder) }
        change.removeFromOutbox(try store.deleteMails(of: id))
        // 3. Nobody is known any more, and the tombstone keeps it so in an older copy of the book.
        try store.forgetAnswers(about: id)
        var erased = supporter
        erased.contact = nil
        erased.confirmedAt = nil
        erased.erasedAt = change.now
        erased.version += 1
        try write(erased, .supporterErased)
        if !isKnownBesideRing { try store.recordTombstones([id], .erased) }
        return erased
    }

    /// Ends a reminder whose person is forgotten: a scheduled one is cancelled, and a queued one
    /// fails, because its mail row is deleted.
    private func stop(_ reminder: Reminder) throws {
        switch reminder.state {
        case .scheduled: try change.reminders.cancel(reminder)
        case .queued: try change.reminders.settle(reminder, failedBecause: "erased")
        case .sent, .failed, .skipped, .cancelled: break
        }
    }

    /// Removes a person from the book, and has processors forget their tokens.
    func remove(_ person: ID<Supporter>, redaction: ID<Event>) throws {
        try change.methods.forgetTokens(of: person)
        change.removeFromOutbox(
            try change.store.removeEverything(of: person, redaction: redaction))
    }
}

extension Change {
    var supporters: SupporterMoves { SupporterMoves(change: self) }

    /// Removes mails from the outbox whose rows are deleted, after the commit. What a killed
    /// process leaves there is removed by its age.
    func removeFromOutbox(_ mails: [ID<QueuedMail>]) {
        guard !mails.isEmpty else { return }
        let context = context
        afterCommit { try await context.removeFromOutbox(mails) }
    }
}
