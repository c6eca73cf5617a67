import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct CancelReminderTests {
    @Test func `a cancelled reminder is never sent`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        let cancelled = try await CancelReminder.run(reminder.id, in: test.context())
        #expect(cancelled.state == .cancelled)
        #expect(try await test.reminder(reminder.id) == cancelled)
        test.now = reminder.dueAt
        #expect(try await test.sendReminders().claimed == 0)
        #expect(try await test.history(of: reminder.id.text).last == "reminder.cancelled")
        try await expectSound(test)
    }

    @Test func `cancelling twice is cancelling once`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        let once = try await CancelReminder.run(reminder.id, in: test.context())
        #expect(try await CancelReminder.run(reminder.id, in: test.context()) == once)
        try await expectSound(test)
    }

    @Test func `the mail that would ask for the click goes with it`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        #expect(try await test.mails() == ["confirmReminder queued"])
        _ = try await CancelReminder.run(reminder.id, in: test.context())
        #expect(try await test.mails().isEmpty)
        #expect(try await test.post().isEmpty)
    }

    @Test func `a mail that is about to be sent is not called back`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        try await expectRefusal(of: reminder, in: test)
        #expect(try await test.post().count == 1)
        try await expectRefusal(of: reminder, in: test)
        #expect(try await test.reminder(reminder.id).state == .sent)
        try await expectSound(test)
    }

    @Test func `a reminder of another book is not found`() async throws {
        let test = try await TestBook()
        let other = try await TestBook().ask(.week)
        let problem = await #expect(throws: Problem.self) {
            try await CancelReminder.run(other.id, in: test.context())
        }
        #expect(problem?.kind == .notFound)
    }

    private func expectRefusal(of reminder: Reminder, in test: TestBook) async throws {
        let problem = await #expect(throws: Problem.self) {
            try await CancelReminder.run(reminder.id, in: test.context())
        }
        #expect(problem?.kind == .conflict)
    }
}
