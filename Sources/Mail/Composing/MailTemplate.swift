package import Pledging

/// The mails that we send. The names of a template's files begin with the raw value.
package enum MailTemplate: String, CaseIterable, Hashable, Sendable {
    case support, confirmReminder, upcomingCharge, methodExpiring, pauseEnding, addressChanged
    case receipt, yearlyReceipt, chargeFailed, actionNeeded, methodNeeded, paymentReturned
    case bothOrOne, pledgeEnded, attention

    /// The link that every template of this mail must contain: the unsubscribe link in `support`
    /// mails, the reader's own page in all others. A mail to the operator needs none.
    var requiredLink: TemplateVariable? {
        switch self {
        case .support: .unsubscribeURL
        case .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding, .addressChanged,
            .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded, .methodNeeded,
            .paymentReturned, .bothOrOne, .pledgeEnded:
            .manageURL
        case .attention: nil
        }
    }

    /// The variables that the footer must show: a `support` mail is never sent without its sender's
    /// legal name and postal address.
    var requiredFooterVariables: [TemplateVariable] {
        switch self {
        case .support: [.legalName, .postalAddress]
        case .confirmReminder, .upcomingCharge, .methodExpiring, .pauseEnding, .addressChanged,
            .receipt, .yearlyReceipt, .chargeFailed, .actionNeeded, .methodNeeded,
            .paymentReturned, .bothOrOne, .pledgeEnded, .attention:
            []
        }
    }
}

/// How much a mail reveals at a glance.
package enum MailProfile: String, CaseIterable, Hashable, Sendable {
    case open
    /// A neutral subject and preheader; the body names no more than necessary.
    case discreet
}

/// The texts of one mail, from which a `MailMessage` is made.
package struct ComposedMail: Hashable, Sendable {
    package let subject: String
    /// The line that mailboxes show after the subject; hidden in the HTML.
    package let preheader: String
    package let text: String
    package let html: String
    package let language: Language
}
