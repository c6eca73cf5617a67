/// What all processes on one book must agree on; kept in the book.
package struct Newsroom: Hashable, Sendable {
    /// How much a mail's envelope gives away.
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

    /// A `support` mail must carry both; without them none leaves.
    package var maySendSupportMail: Bool { legalName != nil && postalAddress != nil }
}

/// One newsroom's database. It has an id so that a key ring can name the book it belongs to.
package enum BookIdentity: Identified {
    package static let idPrefix = "bok"
}
