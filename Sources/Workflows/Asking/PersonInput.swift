import Pledging
import Store

/// A person as a caller describes them.
package struct PersonInput: Hashable, Sendable {
    package var email: String
    package var name: String?
    package var locale: String?
    package var country: String?
    package var timeZone: String?

    package init(
        email: String, name: String? = nil, locale: String? = nil, country: String? = nil,
        timeZone: String? = nil
    ) {
        self.email = email
        self.name = name
        self.locale = locale
        self.country = country
        self.timeZone = timeZone
    }

    func checked() throws(Problem) -> Contact {
        Contact(
            email: try InputRules.email(email), name: try InputRules.name(name),
            locale: try InputRules.locale(locale), timeZone: try InputRules.timeZone(timeZone),
            country: try InputRules.country(country))
    }

    var texts: [String] {
        [email, name ?? "", locale ?? "", country ?? "", timeZone ?? ""]
    }
}

extension Transaction {
    /// The supporter of this address, who is never altered by it, or a new one; with the events.
    func supporter(
        for contact: Contact, in context: Context, at now: Instant
    ) throws -> (supporter: Supporter, events: [Event]) {
        if let known = try supporter(email: contact.email) { return (known, []) }
        let new = Supporter(id: try context.id(at: now), contact: contact, createdAt: now)
        try insert(new)
        return (new, [try context.event(.supporterCreated, new, at: now)])
    }

    /// The newsroom's own day at this moment.
    func today(at now: Instant) throws -> CivilDate {
        try zone(nil).date(at: now)
    }

    /// A reader's zone, else the newsroom's.
    func zone(_ identifier: String?) throws -> TimeZoneRules {
        if let identifier, let own = TimeZoneRules(identifier: identifier) { return own }
        guard let newsroom = TimeZoneRules(identifier: try newsroom().timeZone) else {
            throw Problem(.unavailable, "the newsroom's time zone is unknown to this machine")
        }
        return newsroom
    }
}
