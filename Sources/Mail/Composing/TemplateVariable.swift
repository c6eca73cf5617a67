/// What a template may name; the table is in `TemplateLibrary.swift`.
enum TemplateVariable: String, CaseIterable {
    case newsroomName, legalName, postalAddress, name
    case amount, minimum, nextChargeOn, pausedUntil, expires, everyMonths, remindOn
    case subjectID, reason
    case pledgeURL, manageURL, confirmURL, unsubscribeURL

    /// Whether it may be the target of a link.
    var isURL: Bool {
        switch self {
        case .pledgeURL, .manageURL, .confirmURL, .unsubscribeURL: true
        case .newsroomName, .legalName, .postalAddress, .name, .amount, .minimum, .nextChargeOn,
            .pausedUntil, .expires, .everyMonths, .remindOn, .subjectID, .reason:
            false
        }
    }
}
