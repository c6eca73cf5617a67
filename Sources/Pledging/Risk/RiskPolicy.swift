/// What is taken from readers of a country where giving may be held against them, from the least
/// careful to the most.
package enum RiskPolicy: String, CaseIterable, Comparable, Sendable {
    case allow
    /// The reader is told first what a bank sees, and goes on or does not.
    case warn
    /// As `warn`, and single payments alone.
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

    /// Mails show neither amount nor outlet where they are seen at a glance.
    package var isDiscreet: Bool { self != .allow }
}

/// Why a policy lets a request not pass.
package enum RiskRefusal: Hashable, CaseIterable, Sendable {
    /// Nothing is taken from there.
    case nothing
    /// Single payments alone are taken from there.
    case repeated
    /// The reader has not said yet that they have read what a bank sees.
    case unconfirmed
}

extension RiskPolicy {
    /// Why a request does not pass; nil where it does. `interval` is of what is to be given, nil
    /// where nothing is; `isConfirmed` says that the reader has read what a bank sees.
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

/// The policies of a newsroom: by country, and for every other one.
package struct RiskTable: Hashable, Sendable {
    package var standard: RiskPolicy
    package var byCountry: [String: RiskPolicy]

    package init(standard: RiskPolicy = .allow, byCountry: [String: RiskPolicy] = [:]) {
        self.standard = standard
        self.byCountry = byCountry
    }

    /// Nobody needs to be looked at.
    package var allowsAll: Bool {
        standard == .allow && byCountry.values.allSatisfy { $0 == .allow }
    }

    /// The strictest of the countries; the standard where none is known.
    package func policy(for facts: RiskFacts) -> RiskPolicy {
        facts.countries.map { byCountry[$0] ?? standard }.max() ?? standard
    }
}

/// Every country that something about a reader points to.
package struct RiskFacts: Hashable, Sendable {
    /// ISO 3166-1 alpha-2.
    package private(set) var countries: Set<String>

    /// `declared` by the reader, of the `connection` where a door knows it, and `issuing` the means
    /// of payment; the address tells its own.
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
