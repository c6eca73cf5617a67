import Pledging

/// What pages say to readers. Discreet newsrooms and open ones say the same: neither what is
/// supported nor why stands on any page.
extension Language {
    enum Phrase: CaseIterable {
        case unsubscribeAsk, unsubscribeWhat, unsubscribeYes, unsubscribed, unsubscribedWhat
        case subscribeAsk, subscribeYes, subscribed, subscribedWhat
        case confirmAsk, confirmWhat, confirmYes, confirmed, confirmedWhat
        case manage, nothingHere, stop, stopped, stoppedLast, reason, keep
        case noReminders, unknown, unknownWhat, changed, tooMany, broken, brokenWhat
    }

    func text(_ phrase: Phrase) -> String {
        switch self {
        case .english: english(phrase)
        case .russian: russian(phrase)
        }
    }

    private func english(_ phrase: Phrase) -> String {
        switch phrase {
        case .unsubscribeAsk: "No more reminders?"
        case .unsubscribeWhat: "We will send no more reminders to this address."
        case .unsubscribeYes: "No more reminders"
        case .unsubscribed: "Done: no more reminders"
        case .unsubscribedWhat: "What you give, if you give, goes on as it was."
        case .subscribeAsk: "Reminders again?"
        case .subscribeYes: "Reminders are welcome again"
        case .subscribed: "Done: reminders are on"
        case .subscribedWhat: "You can stop them at any time with the link in each of them."
        case .confirmAsk: "Shall we remind you?"
        case .confirmWhat: "Somebody entered this address on our page and asked for a reminder."
        case .confirmYes: "Yes, remind me"
        case .confirmed: "Done: we will remind you"
        case .confirmedWhat: "You can stop it at any time with the link in each mail."
        case .manage: "Your support"
        case .nothingHere: "There is nothing under this address."
        case .stop: "Stop it"
        case .stopped: "Done: it is stopped; the rest goes on"
        case .stoppedLast: "Done: nothing more will be taken"
        case .reason: "Why, if you want to say"
        case .keep: "I would rather not say"
        case .noReminders: "No more reminders to this address"
        case .unknown: "This link does not work"
        case .unknownWhat:
            "It may be too old, or a part of it is missing. Take the link of the newest mail."
        case .changed: "The address has changed since that mail. Take the link of the newest one."
        case .tooMany: "Too many attempts. Try again in some minutes."
        case .broken: "Something went wrong here"
        case .brokenWhat: "Nothing was changed. Try again in some minutes."
        }
    }

    private func russian(_ phrase: Phrase) -> String {
        switch phrase {
        case .unsubscribeAsk: "Больше не напоминать?"
        case .unsubscribeWhat: "Мы больше не будем присылать напоминания на этот адрес."
        case .unsubscribeYes: "Больше не напоминать"
        case .unsubscribed: "Готово: больше не напоминаем"
        case .unsubscribedWhat: "Ваша поддержка, если она есть, продолжается как прежде."
        case .subscribeAsk: "Снова напоминать?"
        case .subscribeYes: "Снова присылать напоминания"
        case .subscribed: "Готово: напоминания включены"
        case .subscribedWhat: "Их можно отключить в любой момент по ссылке в каждом письме."
        case .confirmAsk: "Напомнить вам?"
        case .confirmWhat: "Кто-то указал этот адрес на нашей странице и попросил напомнить."
        case .confirmYes: "Да, напомните"
        case .confirmed: "Готово: мы напомним"
        case .confirmedWhat: "Отказаться можно в любой момент по ссылке в каждом письме."
        case .manage: "Ваша поддержка"
        case .nothingHere: "На этом адресе ничего нет."
        case .stop: "Прекратить"
        case .stopped: "Готово: это прекращено, остальное продолжается"
        case .stoppedLast: "Готово: больше ничего не спишется"
        case .reason: "Почему, если хотите сказать"
        case .keep: "Не хочу говорить"
        case .noReminders: "Больше не напоминать на этот адрес"
        case .unknown: "Эта ссылка не работает"
        case .unknownWhat:
            "Возможно, она устарела или неполна. Возьмите ссылку из последнего письма."
        case .changed: "С тех пор адрес изменился. Возьмите ссылку из последнего письма."
        case .tooMany: "Слишком много попыток. Попробуйте через несколько минут."
        case .broken: "У нас что-то пошло не так"
        case .brokenWhat: "Ничего не изменилось. Попробуйте через несколько минут."
        }
    }

    /// How a pledge stands, after its amount.
    func text(_ pledge: Pledge) -> String {
        switch pledge.state {
        case .active, .pending:
            guard let day = pledge.nextChargeOn else { return "" }
            return self == .russian ? "следующий раз \(text(day))" : "next on \(text(day))"
        case .pastDue:
            return self == .russian ? "последний платёж не прошёл" : "the last payment failed"
        case .paused:
            guard let day = pledge.pausedUntil else {
                return self == .russian ? "приостановлено" : "paused"
            }
            return self == .russian ? "приостановлено до \(text(day))" : "paused until \(text(day))"
        case .completed, .cancelled, .lapsed, .abandoned:
            return self == .russian ? "завершено" : "ended"
        }
    }

    /// Why somebody leaves, in their own words; nil for what a reader does not say.
    func text(_ reason: Cancellation.Reason) -> String? {
        let both: (String, String)? =
            switch reason {
            case .cannotAfford: ("I cannot afford it now", "Сейчас не могу себе позволить")
            case .otherCause: ("I support something else", "Поддерживаю что-то другое")
            case .dissatisfied: ("I am not content", "Меня не всё устраивает")
            case .privacy: ("For my privacy or safety", "Ради моей безопасности")
            case .mistake: ("It was a mistake", "Это была ошибка")
            case .duplicate: ("I give twice", "Я плачу дважды")
            case .revoked, .other: nil
            }
        return both.map { self == .russian ? $0.1 : $0.0 }
    }
}
