/// A credential of a program: what it may do, and until when. Its secret is shown once and not
/// stored.
package struct APIToken: Identified, Hashable, Sendable {
    package static let idPrefix = "tok"

    package let id: ID<APIToken>
    /// Which program it was made for; stored sealed.
    package let name: String
    package let scopes: Set<APIScope>
    package let expiresAt: Instant
    package var revokedAt: Instant?
    /// The last day on which it was used.
    package var lastUsedOn: CivilDate?
    package let createdAt: Instant

    package init(
        id: ID<APIToken>, name: String, scopes: Set<APIScope>, expiresAt: Instant,
        revokedAt: Instant? = nil, lastUsedOn: CivilDate? = nil, createdAt: Instant
    ) {
        self.id = id
        self.name = name
        self.scopes = scopes
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
        self.lastUsedOn = lastUsedOn
        self.createdAt = createdAt
    }

    package func isValid(at now: Instant) -> Bool { revokedAt == nil && now < expiresAt }
}

/// One permission of a token: a subject, and whether the token may change it.
package enum APIScope: String, CaseIterable, Sendable {
    case supportersRead = "supporters:read"
    case supportersWrite = "supporters:write"
    case pledgesRead = "pledges:read"
    case pledgesWrite = "pledges:write"
    case paymentMethodsRead = "payment_methods:read"
    case paymentMethodsWrite = "payment_methods:write"
    case remindersRead = "reminders:read"
    case remindersWrite = "reminders:write"
    case chargesRead = "charges:read"
    case chargesWrite = "charges:write"
    case eventsRead = "events:read"
    case webhooksRead = "webhooks:read"
    case webhooksWrite = "webhooks:write"
    case reportsRead = "reports:read"
    case importsWrite = "imports:write"
    case riskRead = "risk:read"
    case riskWrite = "risk:write"
    case jobsRead = "jobs:read"
    case attentionRead = "attention:read"
    case attentionWrite = "attention:write"
}

extension Set<APIScope> {
    /// The scopes in the order of `APIScope`, separated by commas.
    package var text: String {
        APIScope.allCases.filter(contains).map(\.rawValue).joined(separator: ",")
    }

    /// Reads scopes separated by commas. Returns nil if one of them is unknown.
    package init?(text: String) {
        self = []
        for word in text.split(separator: ",") {
            guard let scope = APIScope(rawValue: String(word)) else { return nil }
            insert(scope)
        }
    }
}
