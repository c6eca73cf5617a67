package import Pledging

/// A value for a template, formatted in the reader's language when the mail is composed.
package enum TemplateValue: Hashable, Sendable {
    /// Put on one line, with ", " for line breaks (see `singleLine`); at most `maximumTextBytes`. A
    /// blank text counts as absent.
    case text(String)
    /// `http://` or `https://` and only characters that URLs have.
    case url(String)
    /// `$5`.
    case money(Money)
    /// `$5 a month`.
    case recurringMoney(Money, Interval)
    /// `5 December 2026`.
    case date(CivilDate)
    /// `December 2026`.
    case month(YearMonth)
    /// A period: the text after "every" (`month`, `3 months`).
    case months(Int)
    /// `10 days`.
    case days(Int)
    /// `3 months`.
    case monthCount(Int)
    /// `there was not enough money on the account`.
    case declineReason(DeclineReason)
    /// For sections only; it has no text.
    case flag(Bool)

    /// Longer than any real name or address.
    package static let maximumTextBytes = 500
}

/// A value in the form that Mustache gets.
enum RenderedValue {
    case text(String)
    case flag(Bool)

    /// Returns nil for a blank text. Throws `unsuitableValue` for a URL that is malformed or too
    /// long, and for a text that is too long.
    init?(
        _ value: TemplateValue, _ variable: TemplateVariable, _ language: Language
    ) throws(TemplateError) {
        switch value {
        case .text(let text):
            guard text.utf8.count <= TemplateValue.maximumTextBytes else {
                throw .unsuitableValue(
                    variable: variable.rawValue,
                    problem: "longer than \(TemplateValue.maximumTextBytes) bytes")
            }
            let line = singleLine(text)
            guard !line.isEmpty else { return nil }
            self = .text(line)
        case .url(let url):
            guard isWebURL(url), url.utf8.count <= MailMessage.maximumURLBytes else {
                throw .unsuitableValue(
                    variable: variable.rawValue,
                    problem: "not an http or https URL of at most "
                        + "\(MailMessage.maximumURLBytes) bytes")
            }
            self = .text(url)
        case .money(let money): self = .text(language.text(money))
        case .recurringMoney(let money, let interval):
            self = .text(language.text(money, interval))
        case .date(let date): self = .text(language.text(date))
        case .month(let month): self = .text(language.text(month))
        case .months(let count): self = .text(language.monthlyPeriod(count))
        case .days(let count): self = .text(language.days(count))
        case .monthCount(let count): self = .text(language.months(count))
        case .declineReason(let reason): self = .text(language.text(reason))
        case .flag(let flag): self = .flag(flag)
        }
    }

    var isPresent: Bool {
        switch self {
        case .text: true
        case .flag(let flag): flag
        }
    }

    var mustacheValue: any Sendable {
        switch self {
        case .text(let text): text
        case .flag(let flag): flag
        }
    }
}
