import Pledging
import Testing

@testable import Store

@Suite struct RowReaderTests {
    @Test func `columns are read in their order`() throws {
        let row = Row(["a", 7, .blob([1]), .null, "b", .null, 8, .null, .blob([2]), 9])
        let read = try row.read { row in
            try (
                texts: [row.text()], integers: [row.integer()], blobs: [row.blob()],
                moreTexts: [row.textOrNil(), row.textOrNil()],
                moreIntegers: [row.integerOrNil(), row.integerOrNil()],
                moreBlobs: [row.blobOrNil(), row.blobOrNil()], value: row.value()
            )
        }
        #expect(read.texts == ["a"])
        #expect(read.integers == [7])
        #expect(read.blobs == [[1]])
        #expect(read.moreTexts == [nil, "b"])
        #expect(read.moreIntegers == [nil, 8])
        #expect(read.moreBlobs == [nil, [2]])
        #expect(read.value == 9)
    }

    @Test func `values of our own are read as they are bound`() throws {
        let id = ID<Pledge>(bits: 5)
        let day = try #require(CivilDate("2026-02-28"))
        let month = try #require(YearMonth("2027-01"))
        let row = Row([
            Value(id), Value(id), Value(Instant.early), Value(day), Value(month),
            Value(PledgeState.paused), Value(true), 500, "USD", 31, 1,
        ])
        let read = try row.read { row in
            try (
                id: row.id() as ID<Pledge>, named: row.idAndText() as (ID<Pledge>, String),
                at: row.instant(), day: row.date(), month: row.monthOrNil(),
                state: row.choice() as PledgeState, flag: row.flag(), money: row.money(),
                anchor: row.anchor()
            )
        }
        #expect(read.id == id)
        #expect(read.named == (id, id.text))
        #expect(read.at == .early)
        #expect(read.day == day)
        #expect(read.month == month)
        #expect(read.state == .paused)
        #expect(read.flag)
        #expect(read.money == Money(minorUnits: 500, currency: try Currency("USD")))
        #expect(read.anchor == Anchor(day: 31, month: 1))
    }

    @Test func `null is refused for each of them`() throws {
        let row = Row([.null, .null, .null, .null, .null, .null])
        let read = try row.read { row in
            try (
                row.idOrNil() as ID<Pledge>?, row.instantOrNil(), row.dateOrNil(),
                row.monthOrNil(), row.choiceOrNil() as PledgeState?, row.countOrNil()
            )
        }
        #expect(read.0 == nil)
        #expect(read.1 == nil)
        #expect(read.2 == nil)
        #expect(read.3 == nil)
        #expect(read.4 == nil)
        #expect(read.5 == nil)
    }

    private static let malformed: [(Value, @Sendable (inout RowReader) throws -> Void)] = [
        (7, { _ = try $0.text() }), (.null, { _ = try $0.text() }), ("7", { _ = try $0.integer() }),
        ("a", { _ = try $0.blobOrNil() }), ("sup_x", { _ = try $0.id() as ID<Pledge> }),
        ("2026-02-30", { _ = try $0.date() }), ("2026-13", { _ = try $0.monthOrNil() }),
        ("asleep", { _ = try $0.choice() as PledgeState }),
    ]

    @Test(arguments: malformed.indices)
    func `a column of another form is refused, by its place`(_ index: Int) throws {
        let (value, read) = Self.malformed[index]
        let error = #expect(throws: RowError.self) {
            try Row([1, value]).read { row in
                _ = try row.integer()
                try read(&row)
            }
        }
        #expect(error?.column == 1)
    }

    @Test func `money in a currency that nobody takes is refused`() {
        #expect(throws: RowError.self) { try Row([500, "XXX"]).read { try $0.money() } }
        #expect(throws: RowError.self) { try Row([31, 13]).read { try $0.anchor() } }
    }

    @Test func `a row that is longer or shorter than what is read is refused`() {
        #expect(throws: RowError.self) { try Row([1, 2]).read { try $0.integer() } }
        #expect(throws: RowError.self) { try Row([]).read { try $0.integer() } }
        #expect(throws: RowError.self) { try Row([]).read { try $0.integerOrNil() } }
        #expect(throws: RowError.self) { try [Row([1]), Row([])].read { try $0.integer() } }
    }

    @Test func `a group is read whole, or passed over where its first column is null`() throws {
        let group: (inout RowReader) throws -> (String?, Int64)? = { row in
            try row.groupOrNil(of: 2) { try ($0.text(), $0.integer()) }
        }
        let rows = [Row(["a", 7, 1]), Row([.null, .null, 2]), Row([.null, 8, 3])]
        let read = try rows.read { row in (try group(&row)?.1, try row.integer()) }
        #expect(read.map(\.0) == [7, nil, nil])
        #expect(read.map(\.1) == [1, 2, 3])
        // A group that counts more columns than it reads, or fewer, would shift what follows.
        #expect(throws: RowError.self) {
            try Row(["a", 7, 1]).read { row in
                _ = try row.groupOrNil(of: 3) { try $0.text() }
            }
        }
    }

    @Test func `the rest of a row is passed over when that is said`() throws {
        let first = try Row([1, 2, 3]).read { row in
            defer { row.passOverRest() }
            return try row.integer()
        }
        #expect(first == 1)
    }
}

extension Instant {
    fileprivate static let early = Instant(milliseconds: 5)
}
