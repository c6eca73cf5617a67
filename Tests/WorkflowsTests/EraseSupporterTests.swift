import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct EraseSupporterTests {
    /// A reader with a pledge, a card, reminders in three states and a mail that waits.
    private func known() async throws -> (test: TestBook, planted: Planted) {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.name = "Ada Lovelace"
            $0.interval = .year
            $0.nextChargeOn = "2026-12-05"
            $0.source = "spring campaign"
        }
        _ = try await test.sendReminders()
        try await test.post()
        try await test.ask(.week)
        try await test.ask(.every(months: 1))
        return (test, planted)
    }

    private func erase(
        _ planted: Planted, in test: TestBook
    ) async throws -> Supporter {
        try await EraseSupporter.run(
            planted.supporter.id, by: .supporter, in: test.context()
        ).supporter
    }

    @Test func `contact, tokens and mails are gone, and the book is sound`() async throws {
        let (test, planted) = try await known()
        #expect(try await test.mails() == ["upcomingCharge sent", "confirmReminder queued"])
        let erased = try await erase(planted, in: test)
        #expect(erased.contact == nil && erased.erasedAt == test.now)
        #expect(try await test.supporters() == [erased])
        #expect(try await test.methods().map(\.secret) == [nil])
        #expect(try await test.mails().isEmpty)
        #expect(try await test.pledges().map(\.source) == [nil])
        #expect(
            try await test.history(of: erased.id.text) == [
                "supporter.created", "supporter.erased",
            ])
        let problem = await #expect(throws: Problem.self) {
            try await BrowseBook.supporter("reader@example.org", in: test.context())
        }
        #expect(problem?.kind == .notFound)
        try await expectSound(test)
    }

    @Test func `pledges are cancelled and reminders have ended`() async throws {
        let (test, planted) = try await known()
        _ = try await erase(planted, in: test)
        let pledge = try #require(await test.pledges().first)
        #expect(pledge.state == .cancelled && pledge.nextChargeOn == nil)
        #expect(pledge.cancellation == Cancellation(reason: .privacy, by: .supporter))
        #expect(try await test.methods().map(\.state) == [.revoked])
        #expect(try await test.reminders().map(\.state) == [.sent, .cancelled, .cancelled])
        test.now = test.now.adding(days: 40)
        #expect(try await test.sendReminders().claimed == 0)
        #expect(try await test.post().isEmpty)
    }

    @Test func `a mail that waits is not sent, and its reminder has failed`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        _ = try await EraseSupporter.run(reminder.supporterID, by: .staff, in: test.context())
        #expect(try await test.post().isEmpty)
        let ended = try await test.reminder(reminder.id)
        #expect(ended.state == .failed && ended.reason == "erased")
        try await expectSound(test)
    }

    @Test func `a person erased while the mail is on its way stays erased`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        let transport = RecordingTransport { _ in
            do {
                _ = try await EraseSupporter.run(
                    reminder.supporterID, by: .staff, in: test.context())
                return .accepted
            } catch {
                return .refused("\(error)")
            }
        }
        _ = try await test.deliver(through: transport)
        #expect(transport.mails.count == 1)
        #expect(try await test.reminder(reminder.id).reason == "erased")
        #expect(try await test.supporters().map(\.contact) == [nil])
        try await expectSound(test)
    }

    @Test func `a link in an old mail confirms nobody`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        let token = try #require(await test.post().first?.token(of: "confirm"))
        _ = try await EraseSupporter.run(reminder.supporterID, by: .staff, in: test.context())
        await #expect(throws: Problem.self) { try await test.follow(token, .confirm) }
        #expect(try await test.supporters().map(\.confirmedAt) == [nil])
        try await expectSound(test)
    }

    @Test func `erasing again changes nothing`() async throws {
        let (test, planted) = try await known()
        let erased = try await erase(planted, in: test)
        let events = try await test.events().count
        test.now = test.now.adding(hours: 1)
        #expect(try await erase(planted, in: test) == erased)
        #expect(try await test.events().count == events)
    }

    @Test func `the same address later is somebody new`() async throws {
        let (test, planted) = try await known()
        _ = try await erase(planted, in: test)
        let reminder = try await test.ask(.week)
        #expect(reminder.supporterID != planted.supporter.id)
        try await expectSound(test)
    }

    @Test func `others stay as they are`() async throws {
        let (test, planted) = try await known()
        let other = try await test.plant { $0.email = "other@example.org" }
        _ = try await erase(planted, in: test)
        #expect(try await test.supporters().contains(other.supporter))
        let pledge = try #require(other.pledge)
        #expect(try await test.pledges().contains(pledge))
    }

    @Test func `an unknown id is refused`() async throws {
        let (_, planted) = try await known()
        let other = try await TestBook()
        let problem = await #expect(throws: Problem.self) {
            try await erase(planted, in: other)
        }
        #expect(problem?.kind == .notFound)
    }
}
