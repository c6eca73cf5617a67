import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// SendReminders checks again whether each reminder is still wanted.
@Suite struct SkipReasonTests {
    private func expectSkip(
        _ reason: SkipReason, of reminder: Reminder, in test: TestBook,
        settings: Settings? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let summary = try await test.sendReminders(settings: settings)
        #expect(summary.skippedBecause == [reason: 1], sourceLocation: sourceLocation)
        let skipped = try await test.reminder(reminder.id)
        #expect(skipped.state == .skipped, sourceLocation: sourceLocation)
        #expect(skipped.reason == reason.rawValue, sourceLocation: sourceLocation)
        let history = try await test.history(of: reminder.id.text)
        #expect(history.last == "reminder.skipped", sourceLocation: sourceLocation)
        try await expectSound(test, sourceLocation: sourceLocation)
    }

    @Test(arguments: [PledgeState.active, .pastDue, .paused, .pending, .completed])
    func `a reader who gives by now gets no support reminder`(state: PledgeState) async throws {
        let test = try await TestBook()
        test.now = .noon.adding(days: 1)
        try await test.plant {
            $0.state = state
            $0.pausedUntil = state == .paused ? "2027-06-15" : nil
        }
        test.now = .noon
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        try await expectSkip(.alreadySupports, of: reminder, in: test)
    }

    @Test(arguments: [PledgeState.cancelled, .lapsed, .abandoned, .pending])
    func `a reader whose pledge came to nothing is reminded`(state: PledgeState) async throws {
        let test = try await TestBook()
        try await test.plant {
            $0.state = state
            $0.hasMethod = state != .pending
        }
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        #expect(try await test.sendReminders().queued == 1)
    }

    @Test func `a gift before the request does not count as an answer to it`() async throws {
        let test = try await TestBook()
        try await test.plant { $0.state = .completed }
        test.now = .noon.adding(seconds: 1)
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        #expect(try await test.sendReminders().queued == 1)
    }

    @Test(arguments: SuppressionScope.allCases)
    func `a suppressed address is not mailed`(scope: SuppressionScope) async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        try await SuppressAddress.run("Reader@Example.org", scope, .bounce, in: test.context())
        test.now = reminder.dueAt
        try await expectSkip(.suppressed, of: reminder, in: test)
    }

    @Test func `a recurring reminder whose link was not followed is never sent`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        try await test.post()
        test.now = reminder.dueAt
        try await expectSkip(.notConfirmed, of: reminder, in: test)
        #expect(try await test.reminders().count == 1)
    }

    @Test func `a newsroom may ask for confirmation of every reminder`() async throws {
        let test = try await TestBook()
        var settings = try Settings()
        settings.confirmation = .always
        let reminder = try await test.ask(.week, settings: settings)
        #expect(try await test.mails() == ["confirmReminder queued"])
        test.now = reminder.dueAt
        try await expectSkip(.notConfirmed, of: reminder, in: test, settings: settings)
    }

    @Test func `a notice about something that has changed is not sent`() async throws {
        let (test, reminder) = try await undecidedNotice()
        for pledge in try await test.pledges() where pledge.supporterID == reminder.supporterID {
            _ = try await CancelPledge.run(
                pledge.id, .init(reason: .mistake, by: .staff), in: test.context())
        }
        try await expectSkip(.subjectChanged, of: reminder, in: test)
    }

    @Test(arguments: [(3, nil), (4, SkipReason.tooLate)] as [(Int64, SkipReason?)])
    func `a notice is sent at most three days late`(
        days: Int64, reason: SkipReason?
    ) async throws {
        let (test, reminder) = try await undecidedNotice()
        test.now = test.now.adding(days: days)
        if let reason {
            try await expectSkip(reason, of: reminder, in: test)
        } else {
            #expect(try await test.sendReminders().queued == 1)
        }
    }

    @Test(arguments: [(60, nil), (61, SkipReason.tooLate)] as [(Int64, SkipReason?)])
    func `a support reminder is sent at most sixty days late`(
        days: Int64, reason: SkipReason?
    ) async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt.adding(days: days)
        if let reason {
            try await expectSkip(reason, of: reminder, in: test)
        } else {
            #expect(try await test.sendReminders().queued == 1)
        }
    }

    @Test func `a reminder that outlived its person is sent to nobody`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        let context = try test.context()
        let event = Event(
            id: try context.ids.next(at: test.now), type: .supporterErased,
            subjectID: reminder.supporterID.text, sequence: 2, at: test.now, actor: .job("test"),
            data: [:])
        try await test.book.write { transaction in
            var supporter = try #require(try transaction.supporter(reminder.supporterID))
            supporter.contact = nil
            supporter.erasedAt = event.at
            supporter.version = 2
            try transaction.update(supporter, at: event.at)
            try transaction.append([event])
        }
        test.now = reminder.dueAt
        try await expectSkip(.erased, of: reminder, in: test)
    }

    // MARK: The cap

    @Test func `an address that never confirmed gets one mail of two in one batch`() async throws {
        let test = try await TestBook()
        try await test.ask(.week)
        let second = try await test.ask(.months(1))
        test.now = second.dueAt
        let summary = try await test.sendReminders()
        #expect(summary.queued == 1)
        #expect(summary.skippedBecause == [.mailedRecently: 1])
        #expect(try await test.reminder(second.id).state == .skipped)
    }

    @Test(arguments: [("2027-11-28", 0), ("2027-11-29", 1)])
    func `an address that never confirmed gets one mail in twelve months`(
        date: String, queued: Int
    ) async throws {
        let test = try await TestBook()
        let first = try await test.ask(.week)
        let second = try await test.ask(.on(#require(CivilDate(date))))
        test.now = first.dueAt
        #expect(try await test.sendReminders().queued == 1)
        test.now = second.dueAt
        let summary = try await test.sendReminders()
        #expect(summary.queued == queued)
        #expect(summary.skippedBecause == (queued == 1 ? [:] : [.mailedRecently: 1]))
    }

    @Test func `the cap outlives the person's row`() async throws {
        let test = try await TestBook()
        let first = try await test.ask(.week)
        test.now = first.dueAt
        #expect(try await test.sendReminders().queued == 1)
        _ = try await EraseSupporter.run(first.supporterID, by: .staff, in: test.context())
        let second = try await test.ask(.week)
        #expect(second.supporterID != first.supporterID)
        test.now = second.dueAt
        try await expectSkip(.mailedRecently, of: second, in: test)
    }

    @Test func `a confirmed address is not capped`() async throws {
        let test = try await TestBook()
        try await test.plant {
            $0.isConfirmed = true
            $0.hasMethod = false
            $0.hasPledge = false
        }
        try await test.ask(.week)
        let second = try await test.ask(.months(1))
        test.now = second.dueAt
        #expect(try await test.sendReminders().queued == 2)
    }

    /// A book in which a run stopped before it decided a notice of today about a method that
    /// expires.
    private func undecidedNotice() async throws -> (test: TestBook, reminder: Reminder) {
        let test = try await TestBook()
        for email in ["a@example.org", "b@example.org"] {
            try await test.plant {
                $0.email = email
                $0.methodExpires = YearMonth("2026-11")
            }
        }
        try test.moveClock(to: "2026-11-23T12:00:00Z")
        #expect(try await test.sendReminders(limit: 1).queued == 1)
        let left = try #require(await test.reminders().first { $0.state == .scheduled })
        return (test, left)
    }
}
