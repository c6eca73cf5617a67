/// The facts about a due reminder; whether it is still wanted follows from them alone.
package struct ReminderFacts: Hashable, Sendable {
    package var kind: Reminder.Kind
    package var dueAt: Instant
    /// It needs a click on its confirmation link first, and there was none.
    package var lacksConfirmation: Bool
    package var isErased: Bool
    package var suppression: SuppressionScope?
    /// The reader has a live pledge, or one that was completed after the reminder was asked for.
    package var supportsAlready: Bool
    package var addressIsConfirmed: Bool
    package var lastSupportMailAt: Instant?
    /// The pledge or method still is as the reminder assumes.
    package var subjectStands: Bool

    package init(
        kind: Reminder.Kind, dueAt: Instant, lacksConfirmation: Bool = false,
        isErased: Bool = false, suppression: SuppressionScope? = nil,
        supportsAlready: Bool = false, addressIsConfirmed: Bool = false,
        lastSupportMailAt: Instant? = nil, subjectStands: Bool = true
    ) {
        self.kind = kind
        self.dueAt = dueAt
        self.lacksConfirmation = lacksConfirmation
        self.isErased = isErased
        self.suppression = suppression
        self.supportsAlready = supportsAlready
        self.addressIsConfirmed = addressIsConfirmed
        self.lastSupportMailAt = lastSupportMailAt
        self.subjectStands = subjectStands
    }

    /// Returns why the reminder is no longer wanted, or nil if it is.
    package func reasonToSkip(at now: Instant) -> SkipReason? {
        if isErased { return .erased }
        if suppression == .all { return .suppressed }
        guard kind == .support else {
            if !subjectStands { return .subjectChanged }
            return isTooLate(at: now) ? .tooLate : nil
        }
        if suppression == .support { return .suppressed }
        if supportsAlready { return .alreadySupports }
        if lacksConfirmation { return .notConfirmed }
        if let lastSupportMailAt, !addressIsConfirmed,
            lastSupportMailAt.utcDate.adding(months: ReminderFacts.capMonths) > now.utcDate
        {
            return .mailedRecently
        }
        return isTooLate(at: now) ? .tooLate : nil
    }

    private func isTooLate(at now: Instant) -> Bool {
        switch kind {
        case .support: now > dueAt.adding(days: ReminderFacts.supportLateDays)
        // A late notice postpones its charge instead.
        case .upcomingCharge: false
        case .methodExpiring, .chargeFailed, .pauseEnding:
            now > dueAt.adding(days: ReminderFacts.serviceLateDays)
        }
    }

    /// Months in which an address that never confirmed gets at most one `support` mail.
    package static let capMonths = 12
    package static let supportLateDays: Int64 = 60
    package static let serviceLateDays: Int64 = 3
}
