package import Pledging

/// The mails we write. The raw value begins the names of a template's files.
package enum MailTemplate: String, CaseIterable, Hashable, Sendable {
    case support, confirmReminder, upcomingCharge, methodExpiring, pauseEnding, addressChanged
    case receipt, yearlyReceipt, chargeFailed, actionNeeded, methodNeeded
    case endpointDisabled

    /// The link that every template of this mail must have: the way out of `support` mails, the
    /// reader's own page in all others. What goes to an operator needs none.
    var requiredLink: TemplateVariable? {
        switch self {
        case .support: .unsubscribeURL
        case .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding, .addressChanged,
            .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded, .methodNeeded:
            .manageURL
        case .endpointDisabled: nil
        }
    }

    /// What the footer must not leave out: a `support` mail never goes without its sender's true
    /// name and postal address.
    var requiredFooterVariables: [TemplateVariable] {
        switch self {
        case .support: [.legalName, .postalAddress]
        case .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding, .addressChanged,
            .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded, .methodNeeded,
            .endpointDisabled:
            []
        }
    }
}

/// How much a mail's envelope gives away.
package enum MailProfile: String, CaseIterable, Hashable, Sendable {
    case open
    /// A neutral subject and preheader; the body names no more than it must.
    case discreet
}

/// The words of one mail, ready to be put into a `MailMessage`.
package struct ComposedMail: Hashable, Sendable {
    package let subject: String
    /// The line that mailboxes show after the subject; hidden in the HTML.
    package let preheader: String
    package let text: String
    package let html: String
    package let language: Language
}
