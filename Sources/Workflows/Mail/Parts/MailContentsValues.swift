import Mail
import Pledging

// The contents of a mail, as variables of its template.

extension MailContents {
    var values: KeyValuePairs<String, TemplateValue?> {
        switch self {
        case .support(let months): ["everyMonths": months.map { .months($0) }]
        case .confirmReminder(let date, let months):
            ["remindOn": .date(date), "everyMonths": months.map { .months($0) }]
        case .upcomingCharge(let amount, let date, let periods):
            [
                "amount": .money(amount), "nextChargeOn": .date(date),
                "periods": TemplateValue(severalMonths: periods),
                "monthly": TemplateValue(monthly: amount, of: periods),
            ]
        case .methodExpiring(let month): ["expires": month.map { .month($0) }]
        case .pauseEnding(let date): ["pausedUntil": date.map { .date($0) }]
        case .addressChanged: [:]
        case .receipt(let receipt):
            [
                "amount": .money(receipt.amount), "paidOn": .date(receipt.paidOn),
                "periods": TemplateValue(severalMonths: receipt.periods),
                "monthly": TemplateValue(monthly: receipt.amount, of: receipt.periods),
                "nextChargeOn": receipt.nextChargeOn.map { .date($0) },
                "replaced": receipt.replaced.map { .money($0) },
                "revives": .flag(receipt.revives),
            ]
        case .yearlyReceipt(let amount, let year, let payments):
            [
                "amount": .money(amount), "year": .text(String(year)),
                "payments": .text(String(payments)),
            ]
        case .chargeFailed(let failed):
            [
                "amount": .money(failed.amount), "endsOn": .date(failed.endsOn),
                "declineReason": .declineReason(failed.reason),
                "retries": .flag(failed.retryOn != nil),
                "nextChargeOn": failed.retryOn.map { .date($0) },
            ]
        case .methodNeeded(let amount, let date):
            ["amount": .money(amount), "nextChargeOn": date.map { .date($0) }]
        case .actionNeeded(let amount, let date), .bothOrOne(let amount, let date):
            ["amount": .money(amount), "endsOn": .date(date)]
        case .paymentReturned(let amount, let date):
            ["amount": .money(amount), "paidOn": .date(date)]
        case .pledgeEnded(let amount, let began):
            ["amount": .money(amount), "began": .flag(began)]
        case .attention: [:]
        }
    }
}

extension MailContents {
    /// Paragraphs that follow the template's own, each a list of lines.
    var paragraphs: [[String]] {
        guard case .attention(let lines) = self else { return [] }
        return lines.map { [$0.what, $0.cure] }
    }
}

extension TemplateValue {
    /// Nil for a charge that pays for one period.
    fileprivate init?(severalMonths periods: Int) {
        guard periods > 1 else { return nil }
        self = .monthCount(periods)
    }

    fileprivate init?(monthly amount: Money, of periods: Int) {
        guard periods > 1 else { return nil }
        self = .money(
            Money(minorUnits: amount.minorUnits / Int64(periods), currency: amount.currency))
    }
}

extension MailTemplate {
    init(_ kind: QueuedMail.Kind) {
        self =
            switch kind {
            case .support: .support
            case .confirmReminder: .confirmReminder
            case .upcomingCharge: .upcomingCharge
            case .methodExpiring: .methodExpiring
            case .pauseEnding: .pauseEnding
            case .addressChanged: .addressChanged
            case .receipt: .receipt
            case .yearlyReceipt: .yearlyReceipt
            case .chargeFailed: .chargeFailed
            case .actionNeeded: .actionNeeded
            case .methodNeeded: .methodNeeded
            case .paymentReturned: .paymentReturned
            case .bothOrOne: .bothOrOne
            case .pledgeEnded: .pledgeEnded
            case .attention: .attention
            }
    }
}

extension MailProfile {
    init(_ profile: Newsroom.Profile) {
        self =
            switch profile {
            case .open: .open
            case .discreet: .discreet
            }
    }
}
