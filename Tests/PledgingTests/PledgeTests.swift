import Pledging
import Testing

/// What a pledge derives from its fields, and which fields each state has or lacks.
struct PledgeTests {
    // MARK: Due

    private static let chargedStates: Set<PledgeState> = [.pending, .active, .pastDue]

    @Test(arguments: PledgeState.allCases, Interval.allCases)
    func `a pledge is due from its day on, in the states that are charged`(
        state: PledgeState, interval: Interval
    ) throws {
        let pledge = try Pledge.example(state) {
            $0.interval = interval
            $0.nextPeriod = 1
        }
        let mayBeCharged = PledgeTests.chargedStates.contains(state)
        for (day, hasCome) in [
            ("2026-04-14", false), ("2026-04-15", true), ("2026-04-16", true), ("2027-04-15", true),
        ] {
            let isDue = pledge.isDue(on: try .example(day))
            #expect(isDue == (mayBeCharged && hasCome), "\(day)")
        }
    }

    @Test(arguments: [(Interval.month, true), (.year, true), (.once, false)])
    func `a one-off has one charge`(interval: Interval, isDue: Bool) throws {
        let pledge = try Pledge.example {
            $0.interval = interval
            $0.nextPeriod = 2
        }
        #expect(pledge.isDue(on: try .example("2026-04-15")) == isDue)
    }

    @Test(arguments: PledgeState.allCases)
    func `without a next date nothing is due`(state: PledgeState) throws {
        let pledge = try Pledge.example(state) { $0.nextChargeOn = nil }
        #expect(!pledge.isDue(on: try .example("2036-01-01")))
    }

    // MARK: Dates

    @Test(arguments: [
        (1, nil), (3, nil), (4, "2026-04-15"), (5, "2026-05-15"), (16, "2027-04-15"),
    ])
    func `a period that has not come yet has a date, and a past one none`(
        period: Int, expected: String?
    ) throws {
        #expect(try Pledge.example().date(ofPeriod: period)?.description == expected)
    }

    @Test func `the dates of periods keep the anchor day`() throws {
        let pledge = try Pledge.example {
            $0.anchor = Anchor(try .example("2026-01-31"))
            $0.nextChargeOn = try .example("2026-02-28")
            $0.nextPeriod = 2
        }
        let dates = (2...5).map { pledge.date(ofPeriod: $0)?.description }
        #expect(dates == ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])
    }

    @Test func `a year's periods are years, and a one-off has the one date`() throws {
        let yearly = try Pledge.example { $0.interval = .year }
        #expect(yearly.date(ofPeriod: 6)?.description == "2028-01-15")
        let once = try Pledge.example {
            $0.interval = .once
            $0.nextPeriod = 1
        }
        #expect(once.date(ofPeriod: 1)?.description == "2026-04-15")
    }

    @Test func `a pledge that is over has no date of any period`() throws {
        let pledge = try Pledge.example(.cancelled) { $0.nextChargeOn = nil }
        #expect((1...9).allSatisfy { pledge.date(ofPeriod: $0) == nil })
    }

    /// Written out from the rules: whether a receipt names the next charge of a pledge by the month
    /// or year, and of a one-off. A paused pledge of any kind goes on when its pause ends.
    private static let namesNext: [PledgeState: (standing: Bool, once: Bool)] = [
        .pending: (true, false), .active: (true, false), .pastDue: (true, false),
        .paused: (true, true), .completed: (false, false), .cancelled: (false, false),
        .lapsed: (false, false), .abandoned: (false, false),
    ]

    @Test(arguments: PledgeState.allCases, Interval.allCases)
    func `a receipt names the next charge where one will come`(
        state: PledgeState, interval: Interval
    ) throws {
        let row = try #require(PledgeTests.namesNext[state])
        let pledge = try Pledge.example(state) { $0.interval = interval }
        let isNamed = interval == .once ? row.once : row.standing
        #expect(pledge.receiptNextChargeOn == (isNamed ? pledge.nextChargeOn : nil))
    }

    // MARK: Moves

    private func resting() throws -> Pledge {
        try .example(.paused) {
            $0.pausedUntil = try .example("2026-06-01")
            $0.dueBeforePause = try .example("2026-04-15")
            $0.nextChargeOn = try .example("2026-06-15")
            $0.version = 7
        }
    }

    @Test(arguments: PledgeState.allCases)
    func `a state that is entered has what belongs to it`(next: PledgeState) throws {
        let former = try resting()
        let now = Instant(milliseconds: 9_000)
        let moved = former.entering(next, at: now)
        #expect(moved.state == next && moved.version == 8)
        let rests = next == .paused
        #expect(moved.pausedUntil == (rests ? former.pausedUntil : nil))
        #expect(moved.dueBeforePause == (rests ? former.dueBeforePause : nil))
        let isOver = [.completed, .cancelled, .lapsed, .abandoned].contains(next)
        #expect(moved.nextChargeOn == (isOver ? nil : former.nextChargeOn))
        #expect(moved.endedAt == (isOver ? now : nil))
    }

    @Test(arguments: PledgeState.allCases)
    func `a state that is entered changes nothing else`(next: PledgeState) throws {
        let former = try resting()
        var moved = former.entering(next, at: Instant(milliseconds: 9_000))
        moved.state = former.state
        moved.version = former.version
        moved.pausedUntil = former.pausedUntil
        moved.dueBeforePause = former.dueBeforePause
        moved.nextChargeOn = former.nextChargeOn
        moved.endedAt = former.endedAt
        #expect(moved == former)
    }

    @Test(arguments: [
        (nil, "2026-03-16", "2026-03-16"), ("2026-02-15", "2026-03-16", "2026-03-16"),
        // Late news of an earlier payment does not move the day back.
        ("2026-03-20", "2026-03-16", "2026-03-20"), ("2026-03-16", "2026-03-16", "2026-03-16"),
    ])
    func `the last day on which money came is the latest`(
        last: String?, day: String, expected: String
    ) throws {
        let pledge = try Pledge.example { $0.lastChargedOn = try last.map { try .example($0) } }
        let counted = pledge.counting(
            try .example(500), on: try .example(day), needsNotice: false)
        #expect(counted.lastChargedOn?.description == expected)
    }

    @Test(arguments: PledgeState.allCases, [false, true])
    func `counting a payment does not change the version`(state: PledgeState, needsNotice: Bool)
        throws
    {
        let pledge = try Pledge.example(state) {
            $0.chargesSucceeded = 2
            $0.totalGiven = try .example(1_000)
            $0.needsNotice = !needsNotice
        }
        let day = try CivilDate.example("2026-03-16")
        var counted = pledge.counting(try .example(1_500), on: day, needsNotice: needsNotice)
        #expect(counted.chargesSucceeded == 3 && counted.needsNotice == needsNotice)
        #expect(counted.totalGiven == (try .example(2_500)))
        #expect(counted.lastChargedOn == day)
        counted.chargesSucceeded = pledge.chargesSucceeded
        counted.totalGiven = pledge.totalGiven
        counted.needsNotice = pledge.needsNotice
        counted.lastChargedOn = pledge.lastChargedOn
        #expect(counted == pledge)
    }
}

@Suite struct RevivedPledgeTests {
    @Test(arguments: [
        // The charge of 15 March: the next anchor day is 15 April, if it is 23 days on.
        (Interval.month, 1, "2026-03-20", "2026-04-15"),
        (.month, 1, "2026-03-23", "2026-04-15"), (.month, 1, "2026-03-24", "2026-05-15"),
        (.month, 3, "2026-03-20", "2026-06-15"), (.month, 3, "2026-06-01", "2026-07-15"),
        (.year, 1, "2026-04-01", "2027-01-15"),
    ])
    func `what was paid for is not charged again, nor too soon`(
        interval: Interval, periods: Int, paidOn: String, expected: String
    ) throws {
        let pledge = try Pledge.example(.lapsed) { $0.interval = interval }
        let due = interval == .year ? "2026-01-15" : "2026-03-15"
        let charge = Charge(
            id: ID(bits: 4), pledgeID: pledge.id, supporterID: pledge.supporterID,
            firstPeriod: 3, periodCount: periods, amount: try .example(500),
            dueOn: try .example(due), state: .succeeded, createdAt: Instant(milliseconds: 0))
        let next = pledge.revivedChargeDate(after: charge, paidOn: try .example(paidOn))
        #expect(next == (try .example(expected)))
    }
}
