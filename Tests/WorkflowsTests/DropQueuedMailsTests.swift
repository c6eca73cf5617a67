import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct DropQueuedMailsTests {
    @Test func `what was queued by then is dropped, and its reminder has failed`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        let queuedAt = test.now
        test.now = test.now.adding(hours: 1)
        #expect(
            try await DropQueuedMails.run(
                queuedBy: queuedAt.adding(hours: -1), in: test.context()) == 0)
        #expect(try await DropQueuedMails.run(queuedBy: queuedAt, in: test.context()) == 1)
        #expect(try await test.reminder(reminder.id).state == .failed)
        #expect(try await test.reminder(reminder.id).reason == "perhapsSent")
        #expect(try await test.post().isEmpty)
        try await expectSound(test)
    }

    @Test func `a notice of a charge is never dropped`() async throws {
        let test = try await TestBook()
        try await test.plant {
            $0.interval = .year
            $0.startedOn = "2025-12-01"
            $0.nextChargeOn = "2026-12-01"
        }
        _ = try await test.sendReminders()
        #expect(try await DropQueuedMails.run(queuedBy: test.now, in: test.context()) == 0)
        #expect(try await test.post().count == 1)
    }
}
