/// The texts of the pages behind the links in our mails. They are the same for discreet and open
/// newsrooms: none says what is supported or why.
package enum PageText: String, PlainKey {
    case unsubscribeAsk = "page.unsubscribe.ask"
    case unsubscribeWhat = "page.unsubscribe.what"
    case unsubscribeYes = "page.unsubscribe.yes"
    case unsubscribed = "page.unsubscribed"
    case unsubscribedWhat = "page.unsubscribed.what"

    case subscribeAsk = "page.subscribe.ask"
    case subscribeYes = "page.subscribe.yes"
    case subscribed = "page.subscribed"
    case subscribedWhat = "page.subscribed.what"

    case confirmAsk = "page.confirm.ask"
    case confirmWhat = "page.confirm.what"
    case confirmYes = "page.confirm.yes"
    case confirmed = "page.confirmed"
    case confirmedWhat = "page.confirmed.what"

    case manage = "page.manage"
    case nothingHere = "page.manage.nothing"
    case stop = "page.manage.stop"
    case reason = "page.manage.reason"
    case keep = "page.manage.no_reason"
    case stopped = "page.manage.stopped"
    case stoppedLast = "page.manage.stopped_last"
    case noReminders = "page.manage.no_reminders"
    case bothOrOne = "page.manage.both_or_one"
    case both = "page.manage.both"
    case keptBoth = "page.manage.kept_both"

    case bank = "page.bank"
    case bankWhat = "page.bank.what"
    case bankGo = "page.bank.go"
    case bankNothing = "page.bank.nothing"
    case bankReturned = "page.bank.returned"
    case bankReturnedWhat = "page.bank.returned.what"
    case bankAgain = "page.bank.again"
    case bankPaid = "page.bank.paid"
    case bankPaidWhat = "page.bank.paid.what"
    case bankWaits = "page.bank.waits"
    case bankWaitsWhat = "page.bank.waits.what"
    case bankDeclined = "page.bank.declined"
    case openManage = "page.bank.manage"

    case unknown = "page.unknown"
    case unknownWhat = "page.unknown.what"
    case changed = "page.unknown.changed"
    case tooMany = "page.too_many"
    case broken = "page.broken"
    case brokenWhat = "page.broken.what"
}

/// A text of a page, with a day.
package enum PageDayText: String, FilledKey {
    case bankDue = "page.bank.due"
    case bankEnds = "page.bank.ends"

    package enum Placeholder: String, CaseIterable { case day }
}

extension Language {
    /// A text of a page.
    package func text(_ key: PageText) -> String { catalogue.text(key) }

    /// A text of a page, with a day.
    package func text(_ key: PageDayText, _ day: CivilDate) -> String {
        catalogue.text(key) { placeholder in
            switch placeholder {
            case .day: text(day)
            }
        }
    }
}
