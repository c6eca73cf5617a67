import Pledging
import Testing

struct DunningTests {
    private func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    /// All days on which a charge is tried again when each try fails on its own day.
    private func retries(
        first: CivilDate, due: CivilDate, next: CivilDate
    ) -> [CivilDate] {
        var days: [CivilDate] = []
        var today = first
        while let day = Dunning.nextRetry(
            after: today, firstAttemptOn: first, dueOn: due, nextDueOn: next)
        {
            days.append(day)
            today = day
        }
        return days
    }

    @Test(arguments: [
        ("2026-01-15", "2026-01-15", "2026-02-15", ["01-16", "01-18", "01-22", "01-29"]),
        ("2026-01-31", "2026-01-31", "2026-02-28", ["02-01", "02-03", "02-07", "02-14"]),
        // An outage delayed the first attempt, so only the rest of the grace is left.
        ("2026-01-25", "2026-01-15", "2026-02-15", ["01-26", "01-28", "02-01", "02-08"]),
        ("2026-01-30", "2026-01-15", "2026-02-15", ["01-31", "02-02", "02-06"]),
        // The next due date is near, because the reader moved it.
        ("2026-01-15", "2026-01-15", "2026-01-25", ["01-16", "01-18", "01-22"]),
        ("2026-01-15", "2026-01-15", "2026-01-24", ["01-16", "01-18"]),
        ("2026-01-15", "2026-01-15", "2027-01-15", ["01-16", "01-18", "01-22", "01-29"]),
    ])
    func `a soft decline is tried again after 1, 3, 7 and 14 days`(
        first: String, due: String, next: String, days: [String]
    ) throws {
        let found = retries(first: try date(first), due: try date(due), next: try date(next))
        #expect(found.map { String($0.description.dropFirst(5)) } == days)
    }

    @Test func `what an outage missed is not made up for`() throws {
        let first = try date("2026-01-15")
        let next = Dunning.nextRetry(
            after: try date("2026-01-20"), firstAttemptOn: first, dueOn: first,
            nextDueOn: try date("2026-02-15"))
        #expect(next?.description == "2026-01-22")
        let none = Dunning.nextRetry(
            after: try date("2026-01-29"), firstAttemptOn: first, dueOn: first,
            nextDueOn: try date("2026-02-15"))
        #expect(none == nil)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-02-28", "2026-02-25", true),
        ("2026-01-31", "2026-02-28", "2026-02-26", false),
        ("2026-01-15", "2026-02-15", "2026-02-12", true),
        ("2026-01-15", "2026-02-15", "2026-02-13", false),
        ("2026-01-15", "2027-01-15", "2026-02-27", true),
        ("2026-01-15", "2027-01-15", "2026-02-28", false),
    ])
    func `a late retry keeps its distance from the next charge, and is caught up for 15 days`(
        due: String, next: String, day: String, isAllowed: Bool
    ) throws {
        let found = Dunning.allowsRetry(
            on: try date(day), dueOn: try date(due), nextDueOn: try date(next))
        #expect(found == isAllowed)
    }

    @Test(
        arguments: [
            (false, "2026-02-12", "2026-02-15", Dunning.AfterGrace.lapse),
            (true, "2026-02-12", "2026-02-15", .wait), (true, "2026-02-15", "2026-02-15", .skip),
            (true, "2026-09-01", "2026-02-15", .skip), (true, "2026-02-27", "2027-01-15", .wait),
            (true, "2026-02-28", "2027-01-15", .lapse), (true, "2026-02-28", nil, .lapse),
            (false, "2026-02-15", "2026-02-15", .lapse),
        ] as [(Bool, String, String?, Dunning.AfterGrace)])
    func `a try that was missed outlasts the grace`(
        missed: Bool, today: String, next: String?, expected: Dunning.AfterGrace
    ) throws {
        let decision = Dunning.afterGrace(
            missedTry: missed, today: try date(today), lapseOn: try date("2026-02-12"),
            endsOn: try date("2026-02-12"), nextDueOn: try next.map(date))
        #expect(decision == expected)
    }

    /// The grace is over on 12 February.
    @Test(
        arguments: [
            ("2026-02-05", nil, "2026-02-12"), ("2026-02-06", nil, "2026-02-13"),
            (nil, "2026-02-03", "2026-02-12"), (nil, "2026-02-20", "2026-02-27"),
        ] as [(String?, String?, String)])
    func `a reader has seven days after the first mail`(
        sent: String?, owedOn: String?, expected: String
    ) throws {
        let notice = try sent.map { Dunning.Notice.sent(try date($0)) } ?? .owed
        let lapseOn = try date("2026-02-12")
        let end = Dunning.end(
            lapseOn: lapseOn, after: notice, today: try date(owedOn ?? "2026-03-01"))
        #expect(end.description == expected)
        #expect(
            Dunning.end(lapseOn: lapseOn, after: .needless, today: try date("2026-03-01"))
                == lapseOn)
    }

    @Test(
        arguments: [
            ("2026-02-12", "2026-02-19", "2027-01-15", Dunning.AfterGrace.wait),
            ("2026-02-18", "2026-02-19", "2027-01-15", .wait),
            ("2026-02-19", "2026-02-19", "2027-01-15", .lapse),
            ("2026-02-14", "2026-02-19", "2026-02-15", .wait),
            ("2026-02-15", "2026-02-19", "2026-02-15", .skip),
            ("2026-02-25", "2026-02-19", "2026-02-15", .skip),
            ("2026-02-25", "2026-02-14", "2026-02-15", .lapse),
            ("2026-02-12", "2026-02-19", nil, .wait), ("2026-02-19", "2026-02-19", nil, .lapse),
        ] as [(String, String, String?, Dunning.AfterGrace)])
    func `a reader who was told late has time, or the next period is tried`(
        today: String, end: String, next: String?, expected: Dunning.AfterGrace
    ) throws {
        let decision = Dunning.afterGrace(
            missedTry: false, today: try date(today), lapseOn: try date("2026-02-12"),
            endsOn: try date(end), nextDueOn: try next.map(date))
        #expect(decision == expected)
    }

    @Test(arguments: [
        ("2026-01-15", "2026-02-15", "2026-02-12"), ("2026-01-31", "2026-02-28", "2026-02-27"),
        ("2026-02-01", "2026-03-01", "2026-02-28"), ("2026-01-15", "2026-01-25", "2026-01-24"),
        ("2026-01-15", "2027-01-15", "2026-02-12"), ("2024-02-01", "2024-03-01", "2024-02-29"),
    ])
    func `grace lasts 28 days or until the day before the next charge`(
        due: String, next: String, lapses: String
    ) throws {
        let day = Dunning.lapseDate(dueOn: try date(due), nextDueOn: try date(next))
        #expect(day.description == lapses)
    }

    /// For any anchor, any interval and any day of the first attempt.
    @Test func `no retry is late, out of order or near the next charge`() throws {
        var random = SeededGenerator(seed: 14)
        for _ in 0..<2_000 {
            let start = CivilDate(daysSinceEpoch: 20_000 + random.next(below: 4_000))
            let anchor = Anchor(start)
            let interval = random.next(below: 4) == 0 ? Interval.year : .month
            let due = try #require(
                BillingCalendar.next(after: start, anchor: anchor, interval: interval))
            let next = try #require(
                BillingCalendar.next(after: due, anchor: anchor, interval: interval))
            let first = due.adding(days: random.next(below: 16))
            let days = retries(first: first, due: due, next: next)
            let lapse = Dunning.lapseDate(dueOn: due, nextDueOn: next)
            #expect(days.count <= Dunning.retryMaximum)
            #expect(days == days.sorted() && Set(days).count == days.count)
            #expect(days.allSatisfy { $0 > first && $0 < lapse }, "\(due) \(first)")
            #expect(days.allSatisfy { $0.adding(days: 2) < next }, "\(due) \(first)")
            #expect(days.allSatisfy { $0.daysSinceEpoch - due.daysSinceEpoch < 28 })
            #expect(lapse < next && lapse > due)
        }
    }

    @Test(arguments: [(0, 5), (1, 60), (2, 1_440), (3, 1_440), (30, 1_440)])
    func `a lost answer is asked for after 5 minutes, an hour, then daily`(
        questions: Int, minutes: Int
    ) {
        let now = Instant(milliseconds: 1_795_348_800_000)
        let expected = now.adding(seconds: 60 * Int64(minutes))
        #expect(Dunning.nextQuestion(after: questions, at: now) == expected)
    }

    // MARK: After an answer

    /// The newsroom's zone and noon of 2026-03-15 there, the day of the first attempt.
    private func noon() throws -> (TimeZoneRules, Instant) {
        let zone = try #require(TimeZoneRules(identifier: "America/New_York"))
        return (zone, zone.instant(of: try date("2026-03-15"), hour: 12))
    }

    @Test(arguments: PledgeState.allCases)
    func `only a pledge that rests or is over is not tried again; others from midnight on`(
        state: PledgeState
    ) throws {
        let (zone, now) = try noon()
        let again = Dunning.retry(of: try .example(), try .example(state), in: zone, at: now)
        let isTried = [PledgeState.pending, .active, .pastDue].contains(state)
        #expect(again == (isTried ? zone.instant(of: try date("2026-03-16"), hour: 0) : nil))
    }

    @Test func `a one-off is not tried again`() throws {
        let (zone, now) = try noon()
        let once = try Pledge.example { ($0.state, $0.interval) = (.pending, .once) }
        #expect(Dunning.retry(of: try .example(), once, in: zone, at: now) == nil)
    }

    @Test func `without a next date or a first attempt nothing is tried again`() throws {
        let (zone, now) = try noon()
        let over = try Pledge.example { $0.nextChargeOn = nil }
        #expect(Dunning.retry(of: try .example(), over, in: zone, at: now) == nil)
        let untried = try Charge.example { $0.firstAttemptOn = nil }
        #expect(Dunning.retry(of: untried, try .example(), in: zone, at: now) == nil)
    }

    @Test func `the last retry is followed by none`() throws {
        let (zone, _) = try noon()
        let late = zone.instant(of: try date("2026-03-29"), hour: 12)
        #expect(Dunning.retry(of: try .example(), try .example(), in: zone, at: late) == nil)
    }

    /// Seconds after the answer; nil if only an event moves the charge on.
    private static let steps: [(ChargeOutcome, seconds: Int64?)] = [
        (.succeeded(at: Instant(milliseconds: 5), nil), nil), (.actionNeeded(url: nil), 86_400),
        (.pending, 86_400), (.unknown("503"), 300),
        (.declined(Decline(code: DeclineBucket.unknownOutcome.exampleCode)), 300),
        (.declined(Decline(code: DeclineBucket.operator.exampleCode)), 60),
        // Midnight of the next day in the newsroom.
        (.declined(Decline(code: DeclineBucket.impossible.exampleCode)), 43_200),
        (.declined(Decline(code: "resource_missing")), 43_200),
        (.declined(Decline(code: DeclineBucket.needsSupporter.exampleCode)), nil),
        (.declined(Decline(code: DeclineBucket.hard.exampleCode)), nil),
        (.declined(Decline(code: DeclineBucket.revoked.exampleCode)), nil),
        // Midnight of the next day in the newsroom.
        (.declined(Decline(code: DeclineBucket.soft.exampleCode)), 43_200),
    ]

    @Test(arguments: steps)
    func `an answer says when somebody looks again`(
        outcome: ChargeOutcome, seconds: Int64?
    ) throws {
        let (zone, now) = try noon()
        let next = Dunning.nextStep(
            after: ChargeVerdict(outcome), try .example(), .example(), try .example(), in: zone,
            at: now)
        #expect(next == seconds.map { now.adding(seconds: $0) })
    }

    @Test(arguments: DeclineBucket.allCases)
    func `a method that the reader gave meanwhile is tried at once, after any decline`(
        bucket: DeclineBucket
    ) throws {
        let (zone, now) = try noon()
        let changed = try Pledge.example { $0.paymentMethodID = ID(bits: 99) }
        let verdict = ChargeVerdict(.declined(Decline(code: bucket.exampleCode)))
        let next = Dunning.nextStep(
            after: verdict, try .example(), .example(), changed, in: zone, at: now)
        switch bucket {
        case .soft, .needsSupporter, .hard, .revoked: #expect(next == now)
        // The call itself is not settled, or the method was not at fault.
        case .operator, .impossible: #expect(next == now.adding(seconds: 60))
        case .unknownOutcome: #expect(next == now.adding(seconds: 300))
        }
    }

    @Test(arguments: [(0, 300), (1, 3_600), (2, 86_400), (30, 86_400)])
    func `an answer that is lost again is asked for later`(
        questions: Int, seconds: Int64
    ) throws {
        let (zone, now) = try noon()
        let attempt = ChargeAttempt.example(.unknown) { $0.questions = questions }
        let next = Dunning.nextStep(
            after: ChargeVerdict(.unknown("503")), try .example(), attempt, try .example(),
            in: zone, at: now)
        #expect(next == now.adding(seconds: seconds))
    }

    @Test(arguments: [
        ("2026-04-15", "2026-04-12"), ("2026-03-25", "2026-03-24"),
        // Without a known later date, only the grace counts.
        (nil, "2026-04-12"), ("2026-03-15", "2026-04-12"), ("2026-03-01", "2026-04-12"),
    ])
    func `a pledge ends with its grace, or the day before its next charge`(
        next: String?, lapses: String
    ) throws {
        let pledge = try Pledge.example { $0.nextChargeOn = try next.map { try date($0) } }
        #expect(Dunning.lapseDate(of: try .example(), pledge).description == lapses)
    }

    @Test func `the numbers are those of the rules`() {
        #expect(Dunning.retryDays == [1, 3, 7, 14] && Dunning.retryMaximum == 4)
        #expect(Dunning.retryWindowDays == 30 && Dunning.unreachableDays == 30)
        #expect(Dunning.listHours == 24 && Dunning.absentHours == 24)
        #expect(Dunning.mailDays == [0, 7, 21])
    }
}
