package import Pledging
import Store

/// Refuses a country in which giving to this newsroom has become a danger, and removes everybody
/// tied to it from the book. No row, event, mail or reason code is left that would mark them.
///
/// If it is killed, the country is refused already, and the next run removes who is left.
package enum DesignateCountry {
    /// What is tied to the country.
    package struct Counts: Hashable, Sendable {
        package var supporters = 0
        package var pledges = 0
        package var livePledges = 0
        package var paymentMethods = 0
        package var reminders = 0

        package var json: JSON {
            [
                "supporters": .integer(Int64(supporters)), "pledges": .integer(Int64(pledges)),
                "live_pledges": .integer(Int64(livePledges)),
                "payment_methods": .integer(Int64(paymentMethods)),
                "reminders": .integer(Int64(reminders)),
            ]
        }
    }

    package enum Answer: Sendable {
        /// Everybody who was tied to it was removed. `isPurged` is as in EraseSupporter.
        case removed(isPurged: Bool)
        /// `run retention` does it on that day.
        case planned(CivilDate)
    }

    /// Returns what would be removed; changes nothing. Throws Problem `.invalid` for an unknown
    /// country.
    package static func count(_ country: String, in context: Context) async throws -> Counts {
        let country = try checked(country)
        var counts = Counts()
        try await RiskRules.everybody(in: context) { look, people in
            var page = Counts()
            for person in people where person.facts.countries.contains(country) {
                let pledges = try look.store.pledges(of: person.supporterID)
                page.supporters += 1
                page.pledges += pledges.count
                page.livePledges += pledges.count { !$0.state.isFinal }
                page.paymentMethods += try look.store.paymentMethods(of: person.supporterID).count
                page.reminders += try look.store.reminders(of: person.supporterID).count
            }
            return page
        } page: {
            counts.add($0)
        }
        return counts
    }

    /// Designates the country now, or plans it for a later day of the newsroom; until then the
    /// country's present policy holds. `progress` gets how many people were removed so far. Throws
    /// Problem: `.invalid` for an unknown country, `.notPermitted` on a held book.
    package static func run(
        _ country: String, on day: CivilDate?, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Answer {
        let country = try checked(country)
        try await context.refuseWhileHeld()
        // 1. Refuse the country, from now on or from that day on.
        let planned = try await context.change { change -> CivilDate? in
            let later = try day.flatMap { try $0 > change.today() ? $0 : nil }
            let present = try change.riskTable()
            try change.store.set(
                StoredRiskPolicy(
                    country: country,
                    policy: later == nil
                        ? .refuse : present.byCountry[country] ?? present.standard,
                    refuseFrom: later, updatedAt: change.now))
            return later
        }
        if let planned { return .planned(planned) }
        // 2. Remove the people tied to it, a few per transaction.
        try await context.redacting { redaction in
            var removed = 0
            try await RiskRules.everybody(in: context) { _, people in
                people.filter { $0.facts.countries.contains(country) }.map(\.supporterID)
            } page: { ids in
                try await remove(ids, redaction, in: context)
                removed += ids.count
                progress(removed)
            }
        }
        return .removed(isPurged: try await context.book.driver.purgeLog())
    }

    /// Carries out the plans whose day has come. Part of `run retention`.
    static func runPlanned(in context: Context) async throws {
        let due = try await context.look { look in
            let today = try look.today()
            return try look.store.riskPolicies().filter {
                $0.refuseFrom.map { $0 <= today } ?? false
            }.map(\.country)
        }
        for country in due { _ = try await run(country, on: nil, in: context) }
    }

    private static func remove(
        _ ids: [ID<Supporter>], _ redaction: ID<Event>, in context: Context
    ) async throws {
        var rest = ids[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(batchSize))
            rest = rest.dropFirst(batchSize)
            try await context.change { change in
                // An older copy of the book must not bring them back.
                try change.store.recordTombstones(batch, .removed)
                for id in batch { try change.supporters.remove(id, redaction: redaction) }
            }
        }
    }

    private static func checked(_ country: String) throws(Problem) -> String {
        guard let country = try InputRules.country(country) else {
            throw Problem(.invalid, field: .country, "is empty; write it like RU")
        }
        return country
    }

    /// People per transaction: some hundred statements, some milliseconds.
    private static let batchSize = 20
}

extension DesignateCountry.Counts {
    fileprivate mutating func add(_ page: DesignateCountry.Counts) {
        supporters += page.supporters
        pledges += page.pledges
        livePledges += page.livePledges
        paymentMethods += page.paymentMethods
        reminders += page.reminders
    }
}
