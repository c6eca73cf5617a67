/// The state of all the pledges, or of all the reminders, of one person.
package enum Ending: Hashable, Sendable {
    /// There never was one.
    case never
    /// At least one is not over.
    case open
    /// All are over; the last ended at that moment.
    case over(since: Instant)
}

/// The facts that decide whether a person's data is still needed.
package struct RetentionFacts: Hashable, Sendable {
    package let supporterID: ID<Supporter>
    /// Whether the person is forgotten already.
    package let isForgotten: Bool
    package let pledges: Ending
    package let reminders: Ending

    package init(
        supporterID: ID<Supporter>, isForgotten: Bool, pledges: Ending, reminders: Ending
    ) {
        self.supporterID = supporterID
        self.isForgotten = isForgotten
        self.pledges = pledges
        self.reminders = reminders
    }
}

/// Decides which people are forgotten at one moment.
package struct RetentionRule: Sendable {
    /// Why a person is forgotten.
    package enum Ground: Hashable, Sendable {
        /// A reader who never pledged, and whose reminders are over.
        case reader
        /// A supporter whose pledges are over.
        case supporter
    }

    private let readersThrough: Instant
    private let supporterMonths: Int
    private let zone: TimeZoneRules
    private let today: CivilDate

    /// Readers are kept for `readerDays` of 24 hours after their last reminder. Supporters are kept
    /// through the day, in `zone`, that is `supporterMonths` calendar months after the day on which
    /// their last pledge ended, so never shorter than the months themselves.
    package init(readerDays: Int, supporterMonths: Int, zone: TimeZoneRules, at now: Instant) {
        readersThrough = now.adding(days: -Int64(readerDays))
        self.supporterMonths = supporterMonths
        self.zone = zone
        today = zone.date(at: now)
    }

    /// Returns why this person is to be forgotten, or nil while they are kept.
    package func ground(_ facts: RetentionFacts) -> Ground? {
        guard !facts.isForgotten else { return nil }
        switch (facts.pledges, facts.reminders) {
        case (.open, _), (_, .open), (.never, .never): return nil
        case (.never, .over(let since)): return since <= readersThrough ? .reader : nil
        case (.over(let since), .never), (.over(let since), .over):
            let last = zone.date(at: since).adding(months: supporterMonths)
            return last < today ? .supporter : nil
        }
    }
}
