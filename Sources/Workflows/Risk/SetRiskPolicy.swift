package import Pledging
package import Store

/// Sets what is taken from readers of a country from now on.
package enum SetRiskPolicy {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [.policyCountry]

    /// `country` is an ISO 3166 code, or `*` for every country that has no policy of its own.
    ///
    /// Throws Problem: `.invalid` for an unknown country, `.notPermitted` when the new policy would
    /// refuse live pledges, because only DesignateCountry removes those.
    package static func run(
        _ country: String, _ policy: RiskPolicy, in context: Context
    ) async throws -> StoredRiskPolicy {
        let country = try RiskRules.country(country)
        if policy == .refuse {
            var table = try await context.look { try $0.riskTable() }
            table.set(policy, for: country)
            let live = try await livePledges(refusedBy: table, in: context)
            guard live == 0 else {
                throw Problem(
                    .notPermitted,
                    "\(live) live pledge(s) are tied to \(country); 'mainstay risk designate "
                        + "--country \(country)' refuses the "
                        + "country and removes them")
            }
        }
        return try await context.answer { change in
            let row = StoredRiskPolicy(
                country: country, policy: policy, refuseFrom: nil, updatedAt: change.now)
            try change.store.set(row)
            return row
        }
    }

    private static func livePledges(
        refusedBy table: RiskTable, in context: Context
    ) async throws -> Int {
        var count = 0
        try await RiskRules.everybody(in: context) { look, people in
            var live = 0
            for person in people where table.policy(for: person.facts) == .refuse {
                live += try look.store.pledges(of: person.supporterID).count {
                    !$0.state.isFinal
                }
            }
            return live
        } page: {
            count += $0
        }
        return count
    }
}
