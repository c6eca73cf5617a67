import Foundation
import Pledging

/// A row that passed every rule that can be checked without the book.
struct ImportRow: Sendable {
    struct PledgeTerms: Sendable {
        let amount: Money
        let interval: Interval
        let state: PledgeState
        let anchor: Anchor
        let startedOn: CivilDate
        let nextChargeOn: CivilDate?
        /// The first anchor date after the import day; what was due before is settled.
        let firstFreeChargeOn: CivilDate?
        let lastChargedOn: CivilDate?
    }

    let line: Int
    let contact: Contact
    let method: CheckedMethod?
    let pledge: PledgeTerms?
    let remindOn: CivilDate?
    /// The texts that identify the row when it is imported again.
    let identity: [String]
    /// Whether the charge date moved to the next anchor date, because it was not after the import
    /// day.
    let movedCharge: Bool

    /// `today` is the import day in the newsroom's zone. Throws Problem `.invalid`, which names the
    /// column's field.
    init(_ values: ImportValues, line: Int, today: CivilDate) throws(Problem) {
        self.line = line
        guard let email = values[.email] else {
            throw Problem(.invalid, field: .email, "is empty")
        }
        contact = try PersonInput(
            email: email, name: values[.name], locale: values[.locale],
            country: values[.country], timeZone: values[.timeZone]
        ).checked()
        let isPledge = values.has(
            .amount, .currency, .interval, .startedOn, .nextChargeOn, .state, .lastChargedOn)
        let terms = isPledge ? try ImportRow.terms(values, today) : nil
        let isLive = terms.map { !$0.terms.state.isFinal } ?? false
        method = try ImportRow.method(values, isNeeded: isLive)?.checked(
            today: today, importing: true)
        pledge = terms?.terms
        movedCharge = terms?.isMoved ?? false
        remindOn = try ImportRow.date(values, .remindOn)
        if let remindOn, remindOn > today.adding(months: ImportRow.remindMaximumMonths) {
            throw Problem(
                .invalid, field: .remindOn,
                "is more than \(ImportRow.remindMaximumMonths) months ahead")
        }
        identity = try ImportRow.identity(values, contact.email, pledge)
    }

    /// Months that a reminder may lie ahead, as when a reader asks for it.
    private static let remindMaximumMonths = 13

    private static func terms(
        _ values: ImportValues, _ today: CivilDate
    ) throws(Problem) -> (terms: PledgeTerms, isMoved: Bool) {
        let interval: Interval = try choice(values, .interval) ?? .month
        let amount = try amount(values, interval)
        let started = try date(values, .startedOn) ?? today
        let due = try date(values, .nextChargeOn)
        let state = try state(values, interval)
        guard state != .paused || due != nil else {
            throw Problem(
                .invalid, field: .nextChargeOn,
                "is empty; a paused pledge needs the date on which it resumes")
        }
        let anchor: Anchor
        if let due, !BillingCalendar.fits(due, anchor: Anchor(started), interval: interval) {
            anchor = Anchor(due)
        } else {
            anchor = Anchor(started)
        }
        let lastCharged = try date(values, .lastChargedOn)
        guard lastCharged ?? today <= today else {
            throw Problem(
                .invalid, field: .lastChargedOn, "is in the future; give the date of a past charge")
        }
        var next: CivilDate?
        if !state.isFinal {
            let earliest = max(due ?? started, today.adding(days: 1))
            next = BillingCalendar.firstAnchorDate(
                onOrAfter: earliest, anchor: anchor, interval: interval)
        }
        let free = BillingCalendar.firstAnchorDate(
            onOrAfter: today.adding(days: 1), anchor: anchor, interval: interval)
        let terms = PledgeTerms(
            amount: amount, interval: interval, state: state, anchor: anchor,
            startedOn: started, nextChargeOn: next, firstFreeChargeOn: free,
            lastChargedOn: lastCharged)
        return (terms, isMoved: next != nil && due != nil && due != next)
    }

    private static func amount(
        _ values: ImportValues, _ interval: Interval
    ) throws(Problem) -> Money {
        do {
            let currency = try Currency(values[.currency] ?? "")
            return try Money(pledging: values[.amount] ?? "", currency, interval)
        } catch {
            var field = Problem.Field.amount
            if case .unknownCurrency = error { field = .currency }
            throw Problem(.invalid, field: field, error.description)
        }
    }

    /// Returns the state to import. A one-off that was active is completed, because it was
    /// collected elsewhere. A pledge that the reader pays by transfer is paused until payments can
    /// be matched.
    private static func state(
        _ values: ImportValues, _ interval: Interval
    ) throws(Problem) -> PledgeState {
        let state: PledgeState = try choice(values, .state) ?? .active
        switch state {
        case .active, .pastDue, .paused:
            if interval == .once { return .completed }
            let kind = values[.methodKind].flatMap { PaymentMethod.Kind(rawValue: $0) }
            return kind?.isPush == true ? .paused : state
        case .completed, .cancelled, .lapsed: return state
        case .pending, .abandoned:
            throw Problem(
                .invalid, field: .state,
                "a pledge that never began is not imported; leave the row out")
        }
    }

    private static func method(
        _ values: ImportValues, isNeeded: Bool
    ) throws(Problem) -> MethodInput? {
        guard let token = values[.methodToken] else {
            guard !isNeeded else {
                throw Problem(
                    .invalid, field: .methodToken, "is empty; a live pledge needs a payment method")
            }
            return nil
        }
        return MethodInput(
            kind: values[.methodKind], processor: values[.processor], token: token,
            customer: values[.processorCustomer], mandate: values[.mandate],
            brand: values[.methodBrand], last4: values[.methodLast4],
            expires: values[.methodExpires], issuingCountry: values[.methodCountry])
    }

    private static func identity(
        _ values: ImportValues, _ email: EmailAddress, _ pledge: PledgeTerms?
    ) throws(Problem) -> [String] {
        if let external = try InputRules.optional(
            values[.externalID], .externalID, maximumBytes: 255)
        {
            return ["external", external]
        }
        let token = values[.methodToken] ?? ""
        if let pledge {
            return [
                "pledge", email.normalized, values[.startedOn] ?? "", pledge.interval.rawValue,
                pledge.amount.description, token,
            ]
        }
        if let remindOn = values[.remindOn] { return ["reminder", email.normalized, remindOn] }
        return token.isEmpty
            ? ["supporter", email.normalized] : ["method", email.normalized, token]
    }

    private static func date(
        _ values: ImportValues, _ column: ImportColumn
    ) throws(Problem) -> CivilDate? {
        guard let text = values[column] else { return nil }
        guard let date = CivilDate(text) else {
            throw Problem(.invalid, field: column.field, "is not a date; write it like 2026-11-30")
        }
        return date
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ values: ImportValues, _ column: ImportColumn
    ) throws(Problem) -> Choice? {
        guard let text = values[column] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.invalid, field: column.field, "unknown; use one of \(all)")
        }
        return choice
    }
}
