package import Pledging

/// A country's policy as stored.
package struct StoredRiskPolicy: Sendable {
    /// ISO 3166-1 alpha-2, or `*` for every other country.
    package let country: String
    package let policy: RiskPolicy
    /// From this day on, in the newsroom's zone, nothing is accepted; nil for no such day.
    package let refuseFrom: CivilDate?
    package let updatedAt: Instant

    package init(
        country: String, policy: RiskPolicy, refuseFrom: CivilDate?, updatedAt: Instant
    ) {
        self.country = country
        self.policy = policy
        self.refuseFrom = refuseFrom
        self.updatedAt = updatedAt
    }

    static let columns = EntityColumns<StoredRiskPolicy>(
        "risk_policies",
        [
            .key("country") { .text($0.country) },
            .changing("policy") { Value($0.policy) },
            .changing("refuse_from") { Value($0.refuseFrom) },
            .changing("updated_at") { Value($0.updatedAt) },
        ])

    package static let everyOther = "*"

    /// Returns the policy on this day.
    package func policy(on day: CivilDate) -> RiskPolicy {
        if let refuseFrom, refuseFrom <= day { return .refuse }
        return policy
    }
}

extension Transaction {
    package func riskPolicies() throws -> [StoredRiskPolicy] {
        if let known = connection.memo.riskPolicies { return known }
        // In the order of `StoredRiskPolicy.columns`.
        let policies = try connection.run(Transaction.allRiskPolicies).read { row in
            try StoredRiskPolicy(
                country: row.text(), policy: row.choice(), refuseFrom: row.dateOrNil(),
                updatedAt: row.instant())
        }
        connection.memo.riskPolicies = policies
        return policies
    }

    private static let allRiskPolicies = Statement(
        "SELECT \(StoredRiskPolicy.columns.selected) FROM risk_policies ORDER BY country")

    package func set(_ policy: StoredRiskPolicy) throws {
        connection.memo.riskPolicies = nil
        _ = try connection.run(
            Transaction.setRiskPolicy, [StoredRiskPolicy.columns.inserted(policy, keys)])
    }

    private static let setRiskPolicy = StoredRiskPolicy.columns.upsert

    /// Returns whether a live pledge is paid by another processor than the sandbox, which moves no
    /// money.
    package func collectsForReal() throws -> Bool {
        try !connection.run(
            """
            SELECT 1 FROM pledges
            JOIN payment_methods ON payment_methods.id = pledges.payment_method_id
            WHERE pledges.state IN ('pending', 'active', 'pastDue', 'paused')
                AND payment_methods.processor <> 'sandbox' LIMIT 1
            """
        ).isEmpty
    }

    // MARK: Who is tied to a country

    /// Returns the facts that show the countries of the next people, in the order of their ids.
    /// Everything that is sealed of them is opened. A forgotten person has no such facts.
    package func tellingCountries(after last: String, limit: Int) throws -> [TellingCountries] {
        let people = try supporters(after: last, limit: limit)
        guard let end = people.last else { return [] }
        var issuing: [ID<Supporter>: [String]] = [:]
        for method in try paymentMethods(ofSupportersAfter: last, through: end.id) {
            guard let country = method.secret?.issuingCountry else { continue }
            issuing[method.supporterID, default: []].append(country)
        }
        return people.map { person in
            TellingCountries(
                supporterID: person.id,
                facts: RiskFacts(
                    email: person.contact?.email, declared: person.contact?.country,
                    issuing: issuing[person.id] ?? []))
        }
    }
}

/// A person, with the facts that show their countries.
package struct TellingCountries: Sendable {
    package let supporterID: ID<Supporter>
    package let facts: RiskFacts
}
