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

extension Transaction {
    /// The newsroom's policies as they hold today.
    func riskTable(at now: Instant) throws -> RiskTable {
        let stored = try riskPolicies()
        guard !stored.isEmpty else { return RiskTable() }
        let today = try today(at: now)
        var table = RiskTable()
        for row in stored {
            let policy = row.policy(on: today)
            if row.country == StoredRiskPolicy.everyOther {
                table.standard = policy
            } else {
                table.byCountry[row.country] = policy
            }
        }
        return table
    }

    /// The policy for somebody in the book, by all that is known of them; a person who was
    /// forgotten has nothing left that tells.
    func policy(
        for supporter: Supporter, by table: RiskTable, connection: String? = nil,
        issuing: [String] = []
    ) throws -> RiskPolicy {
        if table.allowsAll { return .allow }
        let stored = try paymentMethods(of: supporter.id).compactMap(\.secret?.issuingCountry)
        return table.policy(
            for: RiskFacts(
                email: supporter.contact?.email, declared: supporter.contact?.country,
                connection: connection, issuing: stored + issuing))
    }

    /// Lets a request pass, or refuses it in the reader's language. Nothing was written before it.
    func admit(_ question: RiskQuestion, at now: Instant) throws {
        let table = try riskTable(at: now)
        if table.allowsAll { return }
        let contact = question.contact
        // 1. What is known without a bank, then what the means of payment tells.
        var policy = table.policy(
            for: RiskFacts(
                email: contact.email, declared: contact.country, connection: question.connection,
                issuing: question.issuing.map { [$0] } ?? []))
        if let known = try supporter(email: contact.email) {
            policy = max(policy, try self.policy(for: known, by: table))
        }
        // 2. What the policy says to this request.
        let texts = RiskTexts(Language(tag: contact.locale))
        switch policy {
        case .allow: return
        case .refuse: throw Problem(.notPermitted, texts.refused)
        case .warn, .oneOffOnly:
            guard let gift = question.gift else { return }
            if policy == .oneOffOnly && gift.interval != .once {
                throw Problem(.notPermitted, texts.oneOffOnly)
            }
            guard !question.isConfirmed else { return }
            let newsroom = try newsroom()
            throw Problem(
                .notPermitted, field: "confirm-risk",
                texts.warning(gift.amount, merchant: newsroom.legalName ?? newsroom.name))
        }
    }

    /// A further fact about somebody in the book must not be one that the newsroom refuses.
    func admit(_ supporter: Supporter, issuing: String?, at now: Instant) throws {
        let table = try riskTable(at: now)
        let policy = try policy(
            for: supporter, by: table, issuing: issuing.map { [$0] } ?? [])
        guard policy == .refuse else { return }
        throw Problem(
            .notPermitted, RiskTexts(Language(tag: supporter.contact?.locale)).refused)
    }
}

/// What readers are told, in their language: facts alone, no opinion on any law and no comfort.
struct RiskTexts {
    private let language: Language

    init(_ language: Language) { self.language = language }

    var refused: String {
        switch language {
        case .english:
            "we take nothing from where you are: a payment would leave a record at a bank. Nothing "
                + "that you entered was kept"
        case .russian:
            "мы ничего не принимаем оттуда, где вы находитесь: платёж оставил бы запись в банке. "
                + "Ничего из введённого вами не сохранено"
        }
    }

    var oneOffOnly: String {
        switch language {
        case .english:
            "from where you are we take single payments only: a repeated one leaves a record at a "
                + "bank each time. Nothing that you entered was kept; choose a single payment"
        case .russian:
            "оттуда, где вы находитесь, мы принимаем только разовые платежи: регулярный каждый раз "
                + "оставляет запись в банке. Ничего из введённого вами не сохранено; выберите "
                + "разовый платёж"
        }
    }

    /// What a bank's records hold of such a payment.
    func warning(_ amount: Money, merchant: String?) -> String {
        let sum = language.text(amount)
        return switch language {
        case .english:
            "your bank, and whoever looks into its records, sees the merchant's name "
                + "(\(merchant ?? "ours")) and id, its country, the amount (\(sum)), and day and "
                + "time. Nothing that you entered was kept so far; to go on, confirm that you have "
                + "read this"
        case .russian:
            "ваш банк и каждый, кто получит доступ к его записям, видит название получателя "
                + "(\(merchant ?? "наше")) и его номер, страну, сумму (\(sum)), день и время. "
                + "Пока ничего из введённого вами не сохранено; чтобы продолжить, подтвердите, что "
                + "вы это прочли"
        }
    }
}
