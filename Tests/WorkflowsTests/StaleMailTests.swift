import Mail
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A mail is true when it leaves, not when it was queued: mail was down for a day meanwhile.
@Suite struct StaleMailTests {
    private func yearly(due: String) -> (inout Plant) -> Void {
        {
            ($0.interval, $0.minorUnits) = (.year, 5_000)
            ($0.startedOn, $0.nextChargeOn) = ("2025\(due.dropFirst(4))", due)
        }
    }

    /// Queues what is due, and hands it over a day later, after `change`.
    private func mails(
        _ test: TestBook, after change: () async throws -> Void
    ) async throws -> [ReceivedMail] {
        #expect(try await test.sendReminders().queued == 1)
        test.now = test.now.adding(days: 1)
        try await change()
        return try await test.post()
    }

    private func expectSkipped(_ reason: SkipReason, _ test: TestBook) async throws {
        let reminder = try #require(try await test.reminders().last { $0.state == .skipped })
        #expect(reminder.reason == reason.rawValue)
        #expect(
            try await test.history(of: reminder.id.text).suffix(2) == [
                "reminder.queued", "reminder.skipped",
            ])
        #expect(try await test.faults() == [])
    }

    @Test func `the day in a late notice is the day of the charge`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-11-27"))
        #expect(try await test.sendReminders().queued == 1)
        try test.moveClock(to: "2026-11-24T12:00:00Z")
        let mail = try #require(try await test.post().first)
        #expect(mail.body.contains("4 December 2026"))
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-25", through: "2026-12-10", at: processor)
        #expect(days == ["2026-12-04"])
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2027-11-27"))
    }

    @Test func `a notice does not leave after its pledge ended`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-05"))
        let sent = try await mails(test) {
            _ = try await CancelPledge.run(
                pledge.id, Cancellation(reason: .privacy, by: .supporter), in: test.context())
        }
        #expect(sent.isEmpty)
        try await expectSkipped(.subjectChanged, test)
    }

    @Test func `a notice of the former amount does not leave, one of the present amount does`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-05"))
        let sent = try await mails(test) {
            _ = try await ChangePledge.run(
                pledge.id, .init(amount: "30.00"), in: test.context())
        }
        #expect(sent.isEmpty)
        try await expectSkipped(.subjectChanged, test)
        _ = try await test.sendReminders()
        let mail = try #require(try await test.post().first)
        #expect(mail.body.contains("$30") && !mail.body.contains("$50"))
    }

    @Test func `who began to give is not asked to`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        let sent = try await mails(test) {
            try await test.register { $0.person.email = "reader@example.org" }
        }
        #expect(sent.isEmpty)
        try await expectSkipped(.alreadySupports, test)
    }

    @Test func `a mail about a failed charge does not leave once it is paid`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("expired_card"))
        try await test.bill(through: processor)
        let method = try #require(try await test.methods().first)
        let sent = try await mails(test) {
            _ = try await ReplacePaymentMethod.run(
                method.id, with: MethodInput(token: "tok_new"), in: test.context())
            processor.answer(.succeed)
            try await test.bill(through: processor, on: "2026-11-23")
        }
        #expect(try await test.onlyCharge().state == .succeeded)
        // What leaves is the receipt.
        #expect(sent.count == 1)
        try await expectSkipped(.subjectChanged, test)
    }

    @Test func `a pause that was ended is not announced to end`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge {
            ($0.state, $0.pausedUntil, $0.nextChargeOn) = (.paused, "2026-11-26", "2026-11-26")
            $0.startedOn = "2026-01-26"
        }
        let sent = try await mails(test) {
            _ = try await ResumePledge.run(pledge.id, in: test.context())
        }
        #expect(sent.isEmpty)
        try await expectSkipped(.subjectChanged, test)
    }
}
