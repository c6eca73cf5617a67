import Pledging
import Store

/// What a door knows of a reader who asks for something, besides what stands in the book.
struct RiskQuestion {
    var contact: Contact
    /// Where the request came from, where the door knows it.
    var connection: String?
    /// Of the means of payment, as the processor tells it before anything reaches a bank.
    var issuing: String?
    /// What is to be given; nil where nothing is.
    var gift: (amount: Money, interval: Interval)?
    /// The reader has read what a bank sees, and goes on. Never stored.
    var isConfirmed = false
}

extension Moment {
    /// The newsroom's policies as they hold at this moment's day, or at another's.
    func riskTable(at moment: Instant? = nil) throws -> RiskTable {
        let stored = try store.riskPolicies()
        guard !stored.isEmpty else { return RiskTable() }
        let today = try zone().date(at: moment ?? now)
        var table = RiskTable()
        for row in stored { table.set(row.policy(on: today), for: row.country) }
        return table
    }

    /// The policy for somebody in the book, by all that is known of them; a person who was
    /// forgotten has nothing left that tells. `table` is today's where the caller has none.
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

    /// Lets a request pass, or refuses it in the reader's language. Nothing was written before it.
    func admit(_ question: RiskQuestion) throws {
        let table = try riskTable()
        if table.allowsAll { return }
        let contact = question.contact
        // 1. What is known without a bank, then what the means of payment tells.
        var policy = table.policy(
            for: RiskFacts(
                email: contact.email, declared: contact.country, connection: question.connection,
                issuing: question.issuing.map { [$0] } ?? []))
        if let known = try store.supporter(email: contact.email) {
            policy = max(policy, try self.policy(for: known, by: table))
        }
        // 2. What the policy says to this request.
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

    /// A further fact about somebody in the book must not be one that the newsroom refuses.
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
