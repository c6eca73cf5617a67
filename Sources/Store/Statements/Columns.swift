import Pledging

// Converts Swift values to columns and back. A text that is not in its closed list, or an id of the
// wrong kind, throws RowError: something other than this program changed the book.

extension Value {
    init<Entity: Identified>(_ id: ID<Entity>) { self = .text(id.text) }
    init<Entity: Identified>(_ id: ID<Entity>?) { self = id.map { .text($0.text) } ?? .null }
    init(_ instant: Instant) { self = .integer(instant.milliseconds) }
    init(_ instant: Instant?) { self = instant.map { .integer($0.milliseconds) } ?? .null }
    init(_ date: CivilDate) { self = .text(date.description) }
    init(_ date: CivilDate?) { self = date.map { .text($0.description) } ?? .null }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
    init(_ month: YearMonth?) { self = month.map { .text($0.description) } ?? .null }
    init<Choice: RawRepresentable<String>>(_ choice: Choice) { self = .text(choice.rawValue) }
    init<Choice: RawRepresentable<String>>(_ choice: Choice?) {
        self = choice.map { .text($0.rawValue) } ?? .null
    }
}

extension RowReader {
    mutating func id<Entity: Identified>() throws -> ID<Entity> {
        guard let id = try? ID<Entity>(parsing: try text()) else { throw malformed }
        return id
    }

    mutating func idOrNil<Entity: Identified>() throws -> ID<Entity>? {
        try passNull() ? nil : id()
    }

    /// An id, and its text as stored: the row's sealed values are bound to that text.
    mutating func idAndText<Entity: Identified>() throws -> (ID<Entity>, String) {
        let text = try text()
        guard let id = try? ID<Entity>(parsing: text) else { throw malformed }
        return (id, text)
    }

    mutating func instant() throws -> Instant { Instant(milliseconds: try integer()) }

    mutating func instantOrNil() throws -> Instant? {
        try integerOrNil().map { Instant(milliseconds: $0) }
    }

    mutating func date() throws -> CivilDate {
        guard let date = CivilDate(try text()) else { throw malformed }
        return date
    }

    mutating func dateOrNil() throws -> CivilDate? { try passNull() ? nil : date() }

    mutating func monthOrNil() throws -> YearMonth? {
        guard let stored = try textOrNil() else { return nil }
        guard let month = YearMonth(stored) else { throw malformed }
        return month
    }

    mutating func choice<Choice: RawRepresentable<String>>() throws -> Choice {
        guard let choice = Choice(rawValue: try text()) else { throw malformed }
        return choice
    }

    mutating func choiceOrNil<Choice: RawRepresentable<String>>() throws -> Choice? {
        try passNull() ? nil : choice()
    }

    mutating func count() throws -> Int { Int(try integer()) }

    mutating func countOrNil() throws -> Int? { try integerOrNil().map { Int($0) } }

    mutating func flag() throws -> Bool { try integer() != 0 }

    /// Two columns: minor units, then the currency.
    mutating func money() throws -> Money {
        let minorUnits = try integer()
        guard let currency = try? Currency(try text()) else { throw malformed }
        return Money(minorUnits: minorUnits, currency: currency)
    }

    /// Two columns: the day, then the month.
    mutating func anchor() throws -> Anchor {
        guard let anchor = Anchor(day: try count(), month: try count()) else { throw malformed }
        return anchor
    }
}
