/// What readers at risk are told under the newsroom's policy: only facts, without an opinion on any
/// law and without reassurance.
package enum RiskText: String, PlainKey {
    case refused = "risk.refused"
    case oneOffOnly = "risk.one_off_only"
    /// Replaces the merchant's name if the newsroom has not given one.
    case ours = "risk.merchant_without_name"
}

/// What a bank's records contain about a payment.
enum RiskWarning: String, FilledKey {
    case warning = "risk.warning"

    enum Placeholder: String, CaseIterable { case amount, merchant }
}

extension Language {
    /// Returns what a bank's records contain about a payment of `amount` to `merchant`, and how to
    /// continue.
    package func riskWarning(_ amount: Money, merchant: String?) -> String {
        catalogue.text(RiskWarning.warning) { placeholder in
            switch placeholder {
            case .amount: text(amount)
            case .merchant: merchant ?? text(RiskText.ours)
            }
        }
    }
}
