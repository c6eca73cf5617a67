import Pledging
import Testing

/// What is decided about a charge that is due on 2026-03-15.
struct DueChargeTests {
    private func day(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    private func decision(
        on today: String, _ change: (inout DueCharge) throws -> Void = { _ in }
    ) throws -> DueCharge.Decision {
        var facts = DueCharge(dueOn: try day("2026-03-15"), today: try day(today))
        try change(&facts)
        return facts.decision
    }

    private func hold(_ reason: HoldReason, until text: String) throws -> DueCharge.Decision {
        .hold(reason, until: try day(text))
    }

    @Test func `with nothing against it, it is collected`() throws {
        #expect(try decision(on: "2026-03-15") == .collect)
    }

    @Test(arguments: [
        ("2026-03-15", DueCharge.Decision.collect), ("2026-03-30", .collect),
        ("2026-03-31", .skip(.tooLate)), ("2027-03-15", .skip(.tooLate)),
    ])
    func `an outage is caught up within fifteen days`(
        today: String, expected: DueCharge.Decision
    ) throws {
        #expect(try decision(on: today) == expected)
    }

    @Test func `one that was tried before has dunning's own end`() throws {
        #expect(try decision(on: "2026-04-10") { $0.wasTried = true } == .collect)
    }

    @Test func `without a usable method it is declined without a call`() throws {
        let found = try decision(on: "2026-03-15") { $0.methodIsUsable = false }
        #expect(found == .declineWithoutMethod)
    }

    // MARK: Notice

    /// The day on which the notice was accepted. The charge runs ten days later at the earliest,
    /// and may be caught up for fifteen days from then.
    @Test(
        arguments: [
            ("2026-03-01", "2026-03-15", nil), ("2026-03-05", "2026-03-15", nil),
            ("2026-03-06", "2026-03-15", "2026-03-16"), ("2026-03-06", "2026-03-16", nil),
            ("2026-03-20", "2026-03-29", "2026-03-30"), ("2026-03-20", "2026-03-30", nil),
            ("2026-03-20", "2026-04-14", nil),
        ] as [(String, String, String?)])
    func `a charge runs ten days after its notice was accepted`(
        accepted: String, today: String, heldUntil: String?
    ) throws {
        let found = try decision(on: today) { $0.notice = .given(try day(accepted)) }
        let expected = try heldUntil.map { try hold(.noticeMissing, until: $0) } ?? .collect
        #expect(found == expected)
    }

    @Test(arguments: [
        ("2026-03-01", "2026-03-31"), ("2026-03-20", "2026-04-15"),
    ])
    func `a late notice moves the charge, and with it the end of the catching up`(
        accepted: String, today: String
    ) throws {
        let found = try decision(on: today) { $0.notice = .given(try day(accepted)) }
        #expect(found == .skip(.tooLate))
    }

    /// A charge for a year is announced anew, and may be late by sixty days.
    @Test(
        arguments: [
            ("2026-03-01", "2026-03-30", DueCharge.Decision.collect),
            ("2026-03-20", "2026-04-14", .collect), ("2026-05-04", "2026-05-29", .collect),
            ("2026-03-01", "2026-05-05", .skip(.tooLate)), (nil, "2026-05-05", .skip(.tooLate)),
        ] as [(String?, String, DueCharge.Decision)])
    func `an outage does not give up a year`(
        accepted: String?, today: String, expected: DueCharge.Decision
    ) throws {
        let found = try decision(on: today) {
            $0.announcedThrough = $0.dueOn.adding(
                days: DueCharge.announcedThroughDays(months: 12))
            $0.notice = try accepted.map { .given(try day($0)) } ?? .missing
        }
        #expect(found == expected)
    }

    @Test(
        arguments: [
            ("2026-03-01", "2026-03-31"), ("2026-03-20", "2026-04-15"), (nil, "2026-03-31"),
            (nil, "2026-05-04"),
        ] as [(String?, String)])
    func `a charge for a year that is too late waits to be announced`(
        accepted: String?, today: String
    ) throws {
        let found = try decision(on: today) {
            $0.announcedThrough = $0.dueOn.adding(
                days: DueCharge.announcedThroughDays(months: 12))
            $0.notice = try accepted.map { .given(try day($0)) } ?? .missing
        }
        let next = try day(today).adding(days: 1)
        #expect(found == .hold(.noticeMissing, until: next))
    }

    @Test(
        arguments: [
            ("2026-03-15", nil), ("2026-03-30", nil), ("2026-03-31", .tooLate),
        ] as [(String, ChargeSkipReason?)])
    func `without its notice it is held, and is skipped when too late`(
        today: String, skipped: ChargeSkipReason?
    ) throws {
        let found = try decision(on: today) { $0.notice = .missing }
        let waits = DueCharge.Decision.hold(
            .noticeMissing, until: try day(today).adding(days: 1))
        #expect(found == (skipped.map(DueCharge.Decision.skip) ?? waits))
    }

    @Test(arguments: ["2026-03-15", "2026-03-31"])
    func `a notice that cannot be delivered skips it`(today: String) throws {
        let found = try decision(on: today) { $0.notice = .undeliverable }
        #expect(found == .skip(.noticeUndeliverable))
    }

    // MARK: Spacing

    /// The least days between two due dates: 23 for each month that the earlier charge pays for.
    @Test(
        arguments: [
            ("2026-02-20", 1, nil), ("2026-02-21", 1, "2026-03-16"),
            ("2026-03-14", 1, "2026-03-31"),
            ("2026-01-05", 3, nil), ("2026-01-06", 3, "2026-03-16"),
            ("2025-06-12", 12, nil), ("2025-06-13", 12, "2026-03-16"),
        ] as [(String, Int, String?)])
    func `a due date too near to the one before holds it`(
        before: String, months: Int, heldUntil: String?
    ) throws {
        let found = try decision(on: "2026-03-15") {
            $0.previous = .init(dueOn: try day(before), months: months)
        }
        #expect(found == (try heldUntil.map { try hold(.tooSoon, until: $0) } ?? .collect))
    }

    /// The least days between two payments: 10 for each month that the first one pays for.
    @Test(
        arguments: [
            ("2026-03-05", 1, nil), ("2026-03-06", 1, "2026-03-16"),
            ("2026-03-15", 1, "2026-03-25"),
            ("2026-01-14", 6, nil), ("2026-01-15", 6, "2026-03-16"),
            ("2025-11-15", 12, nil), ("2025-11-16", 12, "2026-03-16"),
        ] as [(String, Int, String?)])
    func `a payment too near to the one before holds it`(
        paid: String, months: Int, heldUntil: String?
    ) throws {
        let found = try decision(on: "2026-03-15") {
            $0.lastPaid = .init(dueOn: try day(paid), months: months)
        }
        #expect(found == (try heldUntil.map { try hold(.tooSoon, until: $0) } ?? .collect))
    }

    @Test func `of two spacing rules the later day counts`() throws {
        let found = try decision(on: "2026-03-15") {
            $0.previous = .init(dueOn: try day("2026-02-22"), months: 1)
            $0.lastPaid = .init(dueOn: try day("2026-03-14"), months: 1)
        }
        #expect(found == (try hold(.tooSoon, until: "2026-03-24")))
    }

    @Test func `a hold ends on the day on which it is too late, for what was tried later`() throws {
        let found = try decision(on: "2026-03-15") {
            $0.previous = .init(dueOn: try day("2026-03-14"), months: 1)
            $0.wasTried = true
        }
        #expect(found == (try hold(.tooSoon, until: "2026-04-06")))
    }

    // MARK: The order of the checks

    @Test func `the first obstacle is the one that is reported`() throws {
        let today = "2026-03-16"
        var facts = DueCharge(
            dueOn: try day("2026-03-15"), today: try day(today), methodIsUsable: false,
            isRefused: true, notice: .undeliverable,
            previous: .init(dueOn: try day("2026-03-10"), months: 1))
        #expect(facts.decision == .skip(.noticeUndeliverable))
        facts.notice = .missing
        #expect(facts.decision == (try hold(.noticeMissing, until: "2026-03-17")))
        facts.notice = .given(try day("2026-03-10"))
        #expect(facts.decision == (try hold(.noticeMissing, until: "2026-03-20")))
        facts.notice = .notNeeded
        #expect(facts.decision == (try hold(.refusedByPolicy, until: "2026-03-17")))
        facts.isRefused = false
        #expect(facts.decision == (try hold(.tooSoon, until: "2026-03-31")))
        facts.previous = nil
        #expect(facts.decision == .declineWithoutMethod)
        facts.methodIsUsable = true
        #expect(facts.decision == .collect)
    }

    @Test func `a charge too late for its period is skipped, not held by a policy`() throws {
        let found = try decision(on: "2026-03-31") { $0.isRefused = true }
        #expect(found == .skip(.tooLate))
    }

    @Test func `a retry asks the policy, the nets and the method, however late it is`() throws {
        for days in [0, 16, 27] {
            let today = try day("2026-03-15").adding(days: days)
            var facts = DueCharge(
                dueOn: try day("2026-03-15"), today: today, methodIsUsable: false,
                isRefused: true, wasTried: true)
            #expect(facts.decision == .hold(.refusedByPolicy, until: today.adding(days: 1)))
            facts.isRefused = false
            #expect(facts.decision == .declineWithoutMethod)
        }
    }

    @Test func `the numbers are those of the rules`() {
        #expect(DueCharge.catchUpDays == 15)
        #expect(DueCharge.noticeDays == 10 && DueCharge.noticeSentDays == 14)
        #expect(DueCharge.dueGapDays == 23 && DueCharge.paidGapDays == 10)
    }
}
