package import Pledging
import Store

/// Changes what is known of a person. After a change of address, the old address gets a mail.
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

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = PersonInput.fields

    /// Returns the supporter afterwards. Throws Problem: `.conflict` when the supporter was erased
    /// or the new address is somebody else's, `.notPermitted` when the risk policy refuses somebody
    /// with a live pledge, `.invalid` for a field that breaks a rule.
    package static func run(
        _ id: ID<Supporter>, _ changes: Changes, in context: Context
    ) async throws -> Supporter {
        try await context.answer { change in
            // 1. The person is still known, and the values pass the rules.
            let supporter = try change.existing(id)
            guard let contact = supporter.contact else {
                throw Problem(.conflict, "this supporter was erased")
            }
            var changed = supporter
            let new = try changes.applied(to: contact)
            if new == contact { return supporter }
            changed.contact = new
            changed.version += 1
            // 2. One row per address; a new address has not been confirmed yet.
            let moves = new.email.normalized != contact.email.normalized
            if moves {
                changed.confirmedAt = nil
                if let other = try change.store.supporter(email: new.email) {
                    throw Problem(
                        .conflict, field: .email, "belongs to supporter \(other.id) already")
                }
            }
            // 3. Somebody with a live pledge cannot come under the policy `refuse` here; 'risk
            // designate' handles that.
            if try change.store.pledges(of: id).contains(where: { !$0.state.isFinal }) {
                try change.admit(changed, issuing: nil)
            }
            // 4. Row, event, and a mail to the old address.
            try change.supporters.write(changed, .supporterUpdated)
            if moves { try tell(contact.email, of: changed, in: change) }
            return changed
        }
    }

    private static func tell(
        _ former: EmailAddress, of supporter: Supporter, in change: Change
    ) throws {
        // A confirmation belongs to the mailbox that gave it, so it is asked for again.
        for var reminder in try change.store.openSupportReminders(of: supporter.id)
        where reminder.confirmedAt != nil {
            reminder.confirmedAt = nil
            try change.reminders.askToConfirm(change.reminders.reschedule(reminder))
        }
        try change.mails.queue(
            .addressChanged(formerAddress: former.typed), to: supporter.id,
            about: supporter.id.text, period: String(supporter.version))
    }
}
