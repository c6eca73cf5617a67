/// What the newsroom accepts from readers of a country where giving may be held against them, from
/// the least strict policy to the strictest.
package enum RiskPolicy: String, CaseIterable, Comparable, Sendable {
    case allow
    /// The reader is first told what a bank sees, and must confirm to continue.
    case warn
    /// As `warn`, and only single payments are taken.
    case oneOffOnly
    /// Nothing is taken and nothing is sent.
    case refuse

    package static func < (one: RiskPolicy, other: RiskPolicy) -> Bool { one.rank < other.rank }

    private var rank: Int {
        switch self {
        case .allow: 0
        case .warn: 1
        case .oneOffOnly: 2
        case .refuse: 3
        }
    }

    /// Whether mails hide amount and outlet where they are seen at a glance.
    package var isDiscreet: Bool { self != .allow }
}

/// Why a policy rejects a request.
package enum RiskRefusal: Hashable, CaseIterable, Sendable {
    /// Nothing is taken from there.
    case nothing
    /// Only single payments are taken from there.
    case repeated
    /// The reader has not confirmed yet having read what a bank sees.
    case unconfirmed
}

extension RiskPolicy {
    /// Returns why a request is rejected, or nil if it is not. `interval` is how often the reader
    /// would give, nil if the request is not about giving; `isConfirmed` says that the reader has
    /// read what a bank sees.
    package func refusal(of interval: Interval?, isConfirmed: Bool) -> RiskRefusal? {
        switch self {
        case .allow: return nil
        case .refuse: return .nothing
        case .warn, .oneOffOnly:
            guard let interval else { return nil }
            if self == .oneOffOnly && interval != .once { return .repeated }
            return isConfirmed ? nil : .unconfirmed
        }
    }
}

/// A newsroom's policies: by country, and one for all other countries.
package struct RiskTable: Hashable, Sendable {
    package var standard: RiskPolicy
    package var byCountry: [String: RiskPolicy]

    package init(standard: RiskPolicy = .allow, byCountry: [String: RiskPolicy] = [:]) {
        self.standard = standard
        self.byCountry = byCountry
    }

    /// Whether every country is allowed, so that nobody has to be examined.
    package var allowsAll: Bool {
        standard == .allow && byCountry.values.allSatisfy { $0 == .allow }
    }

    /// Returns the strictest policy of the countries, or the standard one if no country is known.
    package func policy(for facts: RiskFacts) -> RiskPolicy {
        facts.countries.map { byCountry[$0] ?? standard }.max() ?? standard
    }
}

/// The countries that the facts about a reader point to.
package struct RiskFacts: Hashable, Sendable {
    /// ISO 3166-1 alpha-2.
    package private(set) var countries: Set<String>

    /// Collects the countries: the one `declared` by the reader, that of the `connection` if a door
    /// knows it, those `issuing` the means of payment, and those of the mail address.
    package init(
        email: EmailAddress? = nil, declared: String? = nil, connection: String? = nil,
        issuing: [String] = []
    ) {
        countries = Set(issuing)
        if let declared { countries.insert(declared) }
        if let connection { countries.insert(connection) }
        if let email { countries.formUnion(MailDomains.countries(of: email)) }
    }
}
