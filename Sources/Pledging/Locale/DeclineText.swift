extension Language {
    /// Why a payment did not go through, as part of a sentence. It accuses nobody.
    package func text(_ reason: DeclineReason) -> String {
        switch (self, reason) {
        case (.english, .insufficientFunds): "there was not enough money on the account"
        case (.english, .detailsIncorrect): "some detail of the payment method is not right"
        case (.english, .declinedForNow): "the bank said no this time"
        case (.english, .methodUnusable): "this payment method cannot be used any more"
        case (.english, .recentlyPaid): "the same amount was paid a short time ago"
        case (.english, .unknown): "the reason is not known"
        case (.russian, .insufficientFunds): "на счёте не хватило денег"
        case (.russian, .detailsIncorrect): "какие-то данные способа оплаты неверны"
        case (.russian, .declinedForNow): "на этот раз банк отказал"
        case (.russian, .methodUnusable): "этим способом оплаты больше нельзя пользоваться"
        case (.russian, .recentlyPaid): "такая же сумма была уплачена совсем недавно"
        case (.russian, .unknown): "причина неизвестна"
        }
    }
}
