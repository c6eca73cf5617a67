/// What the newsroom's policy for readers at risk says to them: facts alone, no opinion on any law
/// and no comfort.
package enum RiskText: String, PlainKey {
    case refused = "risk.refused"
    case oneOffOnly = "risk.one_off_only"
    /// Stands for the merchant's name where the newsroom has given none.
    case ours = "risk.merchant_without_name"
}

/// What a bank's records hold of a payment.
enum RiskWarning: String, FilledKey {
    case warning = "risk.warning"

    enum Placeholder: String, CaseIterable { case amount, merchant }
}

extension Language {
    /// What a bank's records hold of a payment of `amount` to `merchant`, and how to go on.
    package func riskWarning(_ amount: Money, merchant: String?) -> String {
        catalogue.text(RiskWarning.warning) { placeholder in
            switch placeholder {
            case .amount: text(amount)
            case .merchant: merchant ?? text(RiskText.ours)
            }
        }
    }
}
