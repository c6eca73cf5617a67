import Pledging
import Store

/// What is known of a reader who asks for something, besides what the book holds.
struct RiskQuestion {
    var contact: Contact
    /// The country that the request came from, if it is known.
    var connection: String?
    /// The issuing country of the payment method, as the caller or the processor tells it.
    var issuing: String?
    /// What the reader pledges; nil when the request is not a pledge.
    var gift: (amount: Money, interval: Interval)?
    /// The reader has read the warning about what a bank sees, and goes on. Never stored.
    var isConfirmed = false
}

extension Moment {
    /// Returns the newsroom's policies as they hold on the day of `moment`; nil is now.
    func riskTable(at moment: Instant? = nil) throws -> RiskTable {
        let stored = try store.riskPolicies()
        guard !stored.isEmpty else { return RiskTable() }
        let today = try zone().date(at: moment ?? now)
        var table = RiskTable()
        for row in stored { table.set(row.policy(on: today), for: row.country) }
        return table
    }

    /// Returns the policy for a supporter, by all that is known of them; of an erased one no
    /// country is known. A nil `table` means today's policies.
    func policy(
        for supporter: Supporter, by table: RiskTable? = nil, connection: String? = nil,
        issuing: [String] = []
    ) throws -> RiskPolicy {
        let table = try table ?? riskTable()
        if table.allowsAll { return .allow }
        let stored = try store.paymentMethods(of: supporter.id).compactMap(
            \.secret?.issuingCountry)
        return table.policy(
            for: RiskFacts(
                email: supporter.contact?.email, declared: supporter.contact?.country,
                connection: connection, issuing: stored + issuing))
    }

    /// Checks a request against the policies, before anything is written. Throws Problem
    /// `.notPermitted`, in the reader's language, when they refuse it.
    func admit(_ question: RiskQuestion) throws {
        let table = try riskTable()
        if table.allowsAll { return }
        let contact = question.contact
        // 1. The strictest policy counts: for what the request says, and for what the book knows.
        var policy = table.policy(
            for: RiskFacts(
                email: contact.email, declared: contact.country, connection: question.connection,
                issuing: question.issuing.map { [$0] } ?? []))
        if let known = try store.supporter(email: contact.email) {
            policy = max(policy, try self.policy(for: known, by: table))
        }
        // 2. What that policy says about this request.
        let language = Language(tag: contact.locale)
        switch policy.refusal(of: question.gift?.interval, isConfirmed: question.isConfirmed) {
        case nil: return
        case .nothing: throw Problem(.notPermitted, language.text(RiskText.refused))
        case .repeated: throw Problem(.notPermitted, language.text(RiskText.oneOffOnly))
        case .unconfirmed:
            guard let gift = question.gift else { return }
            let newsroom = try store.newsroom()
            throw Problem(
                .notPermitted, field: .confirmsRisk,
                language.riskWarning(
                    gift.amount, merchant: newsroom.legalName ?? newsroom.name))
        }
    }

    /// Checks a supporter together with the issuing country of a new method. Throws Problem
    /// `.notPermitted` when the policy is `refuse`.
    func admit(_ supporter: Supporter, issuing: String?) throws {
        let policy = try policy(for: supporter, issuing: issuing.map { [$0] } ?? [])
        guard policy == .refuse else { return }
        throw Problem(
            .notPermitted, Language(tag: supporter.contact?.locale).text(RiskText.refused))
    }
}

extension RiskTable {
    mutating func set(_ policy: RiskPolicy, for country: String) {
        if country == StoredRiskPolicy.everyOther {
            standard = policy
        } else {
            byCountry[country] = policy
        }
    }
}
