/// The variables that a template may name; the table is in `TemplateLibrary.swift`.
enum TemplateVariable: String, CaseIterable {
    case newsroomName, legalName, postalAddress, name
    case amount, minimum, nextChargeOn, pausedUntil, expires, everyMonths, remindOn
    case paidOn, endsOn, periods, monthly, replaced, revives, began
    case year, payments, declineReason, retries
    case pledgeURL, manageURL, actionURL, confirmURL, unsubscribeURL

    /// Whether it may be the target of a link.
    var isURL: Bool {
        switch self {
        case .pledgeURL, .manageURL, .actionURL, .confirmURL, .unsubscribeURL: true
        case .newsroomName, .legalName, .postalAddress, .name, .amount, .minimum, .nextChargeOn,
            .pausedUntil, .expires, .everyMonths, .remindOn, .paidOn, .endsOn, .periods,
            .monthly, .replaced, .revives, .began, .year, .payments, .declineReason, .retries:
            false
        }
    }
}
