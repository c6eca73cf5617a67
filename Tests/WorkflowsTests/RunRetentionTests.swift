import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Who is forgotten, and who is not.
@Suite struct RunRetentionTests {
    private let nothing = RunRetention.Summary()

    // MARK: Readers

    @Test(arguments: [7, 3])
    func `a reader is forgotten so many days after the last reminder went out`(
        days: Int
    ) async throws {
        let test = try await TestBook()
        let reminder = try await test.remindReader()
        let border = test.now.adding(days: Int64(days))
        test.now = border.adding(milliseconds: -1)
        #expect(try await test.retain { $0.readerDays = days } == nothing)
        #expect(try await test.known() == 1)
        test.now = border
        let summary = try await test.retain { $0.readerDays = days }
        #expect(summary.forgottenReaders == 1 && summary.forgottenSupporters == 0)
        let erased = try #require(await test.supporters().first)
        #expect(erased.contact == nil && erased.erasedAt == border)
        #expect(try await test.mails().isEmpty)
        #expect(try await test.reminder(reminder.id).state == .sent)
        let event = try #require(
            await test.events().first { $0.type == "supporter.erased" })
        #expect(event.actor == "job:retention")
        #expect(try await test.retain { $0.readerDays = days } == nothing)
        try await expectSound(test)
    }

    @Test func `a cancelled reminder counts from its cancelling`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.months(6))
        test.now = test.now.adding(days: 20)
        _ = try await CancelReminder.run(reminder.id, in: test.context())
        let border = test.now.adding(days: 7)
        test.now = border.adding(milliseconds: -1)
        #expect(try await test.retain() == nothing)
        test.now = border
        #expect(try await test.retain().forgottenReaders == 1)
        try await expectSound(test)
    }

    @Test func `the last of several reminders counts`() async throws {
        let test = try await TestBook()
        try await test.remindReader()
        test.now = test.now.adding(days: 5)
        let second = try await test.ask(.months(1))
        _ = try await CancelReminder.run(second.id, in: test.context())
        test.now = test.now.adding(days: 7).adding(milliseconds: -1)
        #expect(try await test.retain() == nothing)
        test.now = test.now.adding(milliseconds: 1)
        #expect(try await test.retain().forgottenReaders == 1)
    }

    @Test func `a reader with an open reminder is kept, whatever went out before`() async throws {
        let test = try await TestBook()
        try await test.remindReader()
        try await test.ask(.months(6))
        test.now = test.now.adding(days: 100)
        #expect(try await test.retain().forgottenReaders == 0)
        #expect(try await test.known() == 1)
    }

    @Test func `a reader whose mail waits to be sent is kept`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        #expect(try await test.reminder(reminder.id).state == .queued)
        test.now = test.now.adding(days: 100)
        #expect(try await test.retain() == nothing)
        #expect(try await test.mails() == ["support queued"])
        try await expectSound(test)
    }

    @Test func `a person without pledges and reminders is kept`() async throws {
        let test = try await TestBook()
        try await test.plant { ($0.hasPledge, $0.hasMethod) = (false, false) }
        test.now = test.now.adding(days: 36_500)
        #expect(try await test.retain() == nothing)
        #expect(try await test.known() == 1)
    }

    @Test func `a pledge, live or over, makes a reader a supporter`() async throws {
        let test = try await TestBook()
        try await test.remindReader()
        let pledge = try await test.register().pledge
        test.now = test.now.adding(days: 20)
        #expect(try await test.retain() == nothing)
        _ = try await CancelPledge.run(
            pledge.id, Cancellation(reason: .mistake, by: .staff), in: test.context())
        test.now = test.now.adding(days: 8)
        #expect(try await test.retain() == nothing)
        #expect(try await test.known() == 1)
    }

    // MARK: Supporters

    @Test(arguments: [PledgeState.cancelled, .lapsed, .completed, .abandoned])
    func `a supporter is forgotten on the day after 24 months, amounts are not`(
        state: PledgeState
    ) async throws {
        let test = try await TestBook()
        try await test.plant(in: state)
        let before = try await test.pledges()
        try test.moveClock(to: "2028-11-22T23:59:59.999Z")
        #expect(try await test.retain() == nothing)
        try test.moveClock(to: "2028-11-23T00:00:00Z")
        let summary = try await test.retain()
        #expect(summary.forgottenSupporters == 1 && summary.forgottenReaders == 0)
        #expect(try await test.known() == 0)
        #expect(try await test.pledges() == before)
        #expect(try await test.methods().map(\.secret) == [nil])
        #expect(try await test.retain() == nothing)
        try await expectSound(test)
    }

    @Test func `months are the setting's, and end where their last day does`() async throws {
        let test = try await TestBook(
            now: try #require(Instant(rfc3339: "2026-08-31T12:00:00Z")))
        try await test.plant(in: .cancelled)
        try test.moveClock(to: "2027-02-28T23:59:59.999Z")
        #expect(try await test.retain { $0.supporterMonths = 6 } == nothing)
        try test.moveClock(to: "2027-03-01T00:00:00Z")
        #expect(try await test.retain { $0.supporterMonths = 6 }.forgottenSupporters == 1)
    }

    @Test func `the day ends where the newsroom is`() async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Pacific/Auckland"
        let test = try await TestBook(newsroom: newsroom)
        try await test.plant(in: .cancelled)
        try test.moveClock(to: "2028-11-23T10:59:59.999Z")
        #expect(try await test.retain() == nothing)
        try test.moveClock(to: "2028-11-23T11:00:00Z")
        #expect(try await test.retain().forgottenSupporters == 1)
    }

    @Test(arguments: [PledgeState.pending, .active, .pastDue, .paused])
    func `a live pledge keeps a person for good`(state: PledgeState) async throws {
        let test = try await TestBook()
        try await test.plant(in: state)
        test.now = test.now.adding(days: 36_500)
        #expect(try await test.retain() == nothing)
        #expect(try await test.known() == 1)
    }

    @Test func `the pledge that ended last counts, and a live one beside it saves`() async throws {
        let test = try await TestBook()
        try await test.plant(in: .cancelled)
        try test.moveClock(to: "2028-06-01T12:00:00Z")
        let second = try await test.register().pledge
        try test.moveClock(to: "2029-01-10T12:00:00Z")
        #expect(try await test.retain() == nothing)
        _ = try await CancelPledge.run(
            second.id, Cancellation(reason: .mistake, by: .staff), in: test.context())
        try test.moveClock(to: "2031-01-10T23:59:59.999Z")
        #expect(try await test.retain() == nothing)
        try test.moveClock(to: "2031-01-11T00:00:00Z")
        #expect(try await test.retain().forgottenSupporters == 1)
        try await expectSound(test)
    }

    @Test func `an open reminder saves a former supporter`() async throws {
        let test = try await TestBook()
        try await test.plant(in: .cancelled)
        try test.moveClock(to: "2028-11-20T12:00:00Z")
        let reminder = try await test.ask(.months(1))
        try test.moveClock(to: "2028-11-23T00:00:00Z")
        #expect(try await test.retain() == nothing)
        _ = try await CancelReminder.run(reminder.id, in: test.context())
        #expect(try await test.retain().forgottenSupporters == 1)
    }

    // MARK: Between selection and write

    @Test func `a pledge registered after the selection saves the reader`() async throws {
        let test = try await TestBook()
        try await test.remindReader()
        test.now = test.now.adding(days: 7)
        #expect(try await test.retain(isDryRun: true).forgottenReaders == 1)
        let driver = HookedDriver(test.database) { write in
            if write == 1 { try await test.register() }
        }
        #expect(try await test.retain(through: driver) == nothing)
        #expect(driver.count == 1)
        #expect(try await test.known() == 1)
        #expect(try await test.pledges().map(\.state) == [.pending])
        try await expectSound(test)
    }

    @Test func `a reminder asked for after the selection saves the supporter`() async throws {
        let test = try await TestBook()
        try await test.plant(in: .cancelled)
        try test.moveClock(to: "2028-11-23T00:00:00Z")
        let driver = HookedDriver(test.database) { write in
            if write == 1 { try await test.ask(.week) }
        }
        #expect(try await test.retain(through: driver) == nothing)
        #expect(driver.count == 1)
        #expect(try await test.known() == 1)
    }

    // MARK: What a forgotten person leaves

    @Test func `the files of a forgotten person's mails go with them`() async throws {
        let test = try await TestBook()
        try await test.remindReader()
        #expect(try test.outbox.mailIDs().count == 1)
        test.now = test.now.adding(days: 7)
        let summary = try await test.retain()
        #expect(summary.forgottenReaders == 1 && summary.outboxFiles == 0)
        #expect(try test.outbox.mailIDs() == [])
    }

    @Test func `a link in a forgotten person's mail unsubscribes until it expires`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        let token = try #require(await test.post().first?.token(of: "unsubscribe"))
        let expiry = test.now.adding(days: Settings.linkDays)
        test.now = test.now.adding(days: 7)
        #expect(try await test.retain().forgottenReaders == 1)
        test.now = expiry.adding(milliseconds: -1)
        #expect(try await test.retain() == nothing)
        try await test.follow(token, .unsubscribe)
        let refusal = await #expect(throws: Problem.self) { try await test.ask(.week) }
        #expect(refusal?.kind == .notPermitted)
        test.now = expiry
        #expect(try await test.retain().links == 1)
        let problem = await #expect(throws: Problem.self) {
            try await test.follow(token, .unsubscribe)
        }
        #expect(problem?.kind == .notFound)
        try await expectSound(test)
    }

    @Test func `more people than a page and a batch hold are gone through`() async throws {
        let test = try await TestBook()
        for number in 1...501 {
            try await test.plant(in: number == 250 ? .active : .lapsed) {
                $0.email = "r\(number)@example.org"
            }
        }
        try test.moveClock(to: "2028-11-23T00:00:00Z")
        #expect(try await test.retain(isDryRun: true).forgottenSupporters == 500)
        #expect(try await test.retain().forgottenSupporters == 500)
        #expect(try await test.known() == 1)
    }
}
