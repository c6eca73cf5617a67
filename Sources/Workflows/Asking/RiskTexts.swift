import Pledging

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
