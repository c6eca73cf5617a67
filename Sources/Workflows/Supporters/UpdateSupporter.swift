package import Pledging
import Store

/// What is known of a person changes. A change of address tells the old one.
package enum UpdateSupporter {
    /// Nil leaves a value as it is; an empty text removes it.
    package struct Changes: Sendable {
        package var email: String?
        package var name: String?
        package var locale: String?
        package var country: String?
        package var timeZone: String?

        package init(
            email: String? = nil, name: String? = nil, locale: String? = nil,
            country: String? = nil, timeZone: String? = nil
        ) {
            self.email = email
            self.name = name
            self.locale = locale
            self.country = country
            self.timeZone = timeZone
        }

        func applied(to contact: Contact) throws(Problem) -> Contact {
            var changed = contact
            if let email { changed.email = try InputRules.email(email) }
            if name != nil { changed.name = try InputRules.name(name) }
            if locale != nil { changed.locale = try InputRules.locale(locale) }
            if country != nil { changed.country = try InputRules.country(country) }
            if timeZone != nil { changed.timeZone = try InputRules.timeZone(timeZone) }
            return changed
        }
    }

    package static func run(
        _ id: ID<Supporter>, _ changes: Changes, in context: Context
    ) async throws -> Supporter {
        let now = context.now
        return try await context.book.write { transaction in
            // 1. A person who is still known, and values that pass the rules.
            guard let supporter = try transaction.supporter(id) else {
                throw Problem.noSuch("supporter", id.text)
            }
            guard let contact = supporter.contact else {
                throw Problem(.conflict, "this supporter was erased")
            }
            var changed = supporter
            let new = try changes.applied(to: contact)
            if new == contact { return supporter }
            changed.contact = new
            changed.version += 1
            // 2. One row per address; a new address has confirmed nothing yet.
            let moves = new.email.normalized != contact.email.normalized
            if moves {
                changed.confirmedAt = nil
                if let other = try transaction.supporter(email: new.email) {
                    throw Problem(
                        .conflict, field: "email", "this address stands in the book as \(other.id)")
                }
            }
            // 3. Who gives from where nothing is taken is a case for 'risk designate', not for
            // this.
            if try transaction.pledges(of: id).contains(where: { !$0.state.isFinal }) {
                try transaction.admit(changed, issuing: nil, at: now)
            }
            // 4. Row, event, and a word to the old address.
            try transaction.update(changed, at: now)
            try transaction.append([try context.event(.supporterUpdated, changed, at: now)])
            if moves {
                try transaction.confirmAgain(id, in: context, at: now)
                try transaction.enqueue([
                    QueuedMail(
                        id: try context.id(at: now), supporterID: id, kind: .addressChanged,
                        subjectID: id.text, period: String(changed.version), reminderID: nil,
                        parameters: .init(formerAddress: contact.email.typed), createdAt: now)
                ])
            }
            return changed
        }
    }
}

extension Transaction {
    /// A confirmation belongs to the mailbox that gave it.
    fileprivate func confirmAgain(
        _ id: ID<Supporter>, in context: Context, at now: Instant
    ) throws {
        for open in try openSupportReminders(of: id) where open.confirmedAt != nil {
            var reminder = open
            reminder.confirmedAt = nil
            reminder.version += 1
            try update(reminder, at: now)
            try append([try context.event(.reminderScheduled, reminder, at: now)])
            try askToConfirm(reminder, in: context, at: now)
        }
    }
}
