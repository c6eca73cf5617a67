/// The settings that all processes of a book share; they are stored in the book.
package struct Newsroom: Hashable, Sendable {
    /// How much a mail reveals at a glance.
    package enum Profile: String, CaseIterable, Sendable { case open, discreet }

    package var name: String?
    package var legalName: String?
    package var postalAddress: String?
    /// An IANA time zone: when a billing day begins.
    package var timeZone: String
    package var profile: Profile

    package init(
        name: String? = nil, legalName: String? = nil, postalAddress: String? = nil,
        timeZone: String = "UTC", profile: Profile = .open
    ) {
        self.name = name
        self.legalName = legalName
        self.postalAddress = postalAddress
        self.timeZone = timeZone
        self.profile = profile
    }

    /// Whether `support` mails may be sent. They must state the legal name and the postal address.
    package var maySendSupportMail: Bool { legalName != nil && postalAddress != nil }
}

/// One newsroom's database. It has an id so that a key ring can name the book it belongs to.
package enum BookIdentity: Identified {
    package static let idPrefix = "bok"
}
