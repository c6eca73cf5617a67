package import Pledging
package import Store

/// What is taken from readers of a country from now on.
package enum SetRiskPolicy {
    /// `country` is an ISO 3166 code, or `*` for every country that has no policy of its own.
    ///
    /// Throws a Problem where the new policy would leave live pledges behind that it refuses: they
    /// are removed by DesignateCountry, never by the way.
    package static func run(
        _ country: String, _ policy: RiskPolicy, in context: Context
    ) async throws -> StoredRiskPolicy {
        let now = context.now
        let country = try RiskRules.country(country)
        let row = StoredRiskPolicy(
            country: country, policy: policy, refuseFrom: nil, updatedAt: now)
        if policy == .refuse {
            var table = try await context.book.read { try $0.riskTable(at: now) }
            table.set(row)
            let live = try await livePledges(refusedBy: table, in: context)
            guard live == 0 else {
                throw Problem(
                    .notPermitted,
                    "\(live) live pledge(s) are tied to \(country); 'mainstay risk designate "
                        + "--country \(country)' refuses it and removes them")
            }
        }
        try await context.book.write { try $0.set(row) }
        return row
    }

    private static func livePledges(
        refusedBy table: RiskTable, in context: Context
    ) async throws -> Int {
        var count = 0
        try await RiskRules.everybody(in: context) { transaction, people in
            var live = 0
            for person in people where table.policy(for: person.facts) == .refuse {
                live += try transaction.pledges(of: person.supporterID).count {
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

enum RiskRules {
    static func country(_ text: String) throws(Problem) -> String {
        if text == StoredRiskPolicy.everyOther { return text }
        guard let country = try InputRules.country(text) else {
            throw Problem(.invalid, field: "country", "is empty; write it like DE, or *")
        }
        return country
    }

    /// Shows everybody in the book to `look`, page by page, each in a short read of its own.
    static func everybody<Answer: Sendable>(
        in context: Context,
        _ look: @escaping @Sendable (Transaction, [TellingCountries]) throws -> Answer,
        page: (Answer) async throws -> Void
    ) async throws {
        var last = ""
        while true {
            let after = last
            let (answer, end) = try await context.book.read { transaction in
                let people = try transaction.tellingCountries(after: after, limit: pageSize)
                return (try look(transaction, people), people.last?.supporterID.text)
            }
            guard let end else { return }
            try await page(answer)
            last = end
        }
    }

    private static let pageSize = 500
}

extension RiskTable {
    mutating func set(_ row: StoredRiskPolicy) {
        if row.country == StoredRiskPolicy.everyOther {
            standard = row.policy
        } else {
            byCountry[row.country] = row.policy
        }
    }
}

extension StoredRiskPolicy {
    package var json: JSON {
        .members([
            "country": .string(country), "policy": .string(policy.rawValue),
            "refuse_from": refuseFrom.map { .string($0.description) },
            "updated_at": .string(updatedAt.rfc3339),
        ])
    }
}
