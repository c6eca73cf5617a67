/// A person who gives, or asked to be reminded.
package struct Supporter: Identified, Hashable, Sendable {
    package static let idPrefix = "sup"

    package let id: ID<Supporter>
    /// Nil once the person is erased or forgotten.
    package var contact: Contact?
    package var version: Int64
    /// When a link in a mail to this address was first followed.
    package var confirmedAt: Instant?
    package var erasedAt: Instant?
    package let createdAt: Instant

    package init(
        id: ID<Supporter>, contact: Contact?, version: Int64 = 1, confirmedAt: Instant? = nil,
        erasedAt: Instant? = nil, createdAt: Instant
    ) {
        self.id = id
        self.contact = contact
        self.version = version
        self.confirmedAt = confirmedAt
        self.erasedAt = erasedAt
        self.createdAt = createdAt
    }

    /// The data of an event about the supporter, without personal data.
    package var eventData: JSON {
        .members(["supporter_id": .string(id.text), "confirmed": .bool(confirmedAt != nil)])
    }
}

/// What is known of a person; stored sealed as a whole.
package struct Contact: Hashable, Sendable {
    package var email: EmailAddress
    package var name: String?
    /// A BCP 47 language tag.
    package var locale: String?
    /// An IANA time zone.
    package var timeZone: String?
    /// ISO 3166-1 alpha-2.
    package var country: String?

    package init(
        email: EmailAddress, name: String? = nil, locale: String? = nil, timeZone: String? = nil,
        country: String? = nil
    ) {
        self.email = email
        self.name = name
        self.locale = locale
        self.timeZone = timeZone
        self.country = country
    }
}
