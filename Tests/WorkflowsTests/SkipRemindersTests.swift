import Pledging
import TestSupport
import Testing
import Workflows

@Suite struct SkipRemindersTests {
    @Test func `what was due by then is skipped, what is due later is not`() async throws {
        let test = try await TestBook()
        let early = try await test.ask(.week)
        let late = try await test.ask(.months(3), email: "other@example.org")
        let skipped = try await SkipReminders.run(dueBy: early.dueAt, in: test.context())
        #expect(skipped == 1)
        #expect(try await test.reminder(early.id).reason == "perhapsSent")
        #expect(try await test.reminder(late.id).state == .scheduled)
        #expect(try await SkipReminders.run(dueBy: early.dueAt, in: test.context()) == 0)
        try await expectSound(test)
    }

    @Test func `what dates had promised by then is skipped too, but no notice of a charge`()
        async throws
    {
        let test = try await TestBook()
        try await test.plant {
            $0.interval = .year
            $0.startedOn = "2025-12-01"
            $0.nextChargeOn = "2026-12-01"
        }
        try await test.plant {
            $0.email = "resting@example.org"
            $0.state = .paused
            $0.pausedUntil = "2026-11-25"
            $0.nextChargeOn = "2026-11-25"
        }
        let skipped = try await SkipReminders.run(dueBy: test.now, in: test.context())
        let kinds = try await test.reminders().map { "\($0.kind) \($0.state)" }.sorted()
        #expect(skipped == 1)
        #expect(kinds == ["pauseEnding skipped", "upcomingCharge scheduled"])
        try await expectSound(test)
    }
}
