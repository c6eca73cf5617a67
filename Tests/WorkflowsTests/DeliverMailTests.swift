import Mail
import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite struct DeliverMailTests {
    /// A book in which `count` support mails wait.
    private func waiting(_ count: Int = 1) async throws -> (test: TestBook, first: Reminder) {
        let test = try await TestBook()
        let first = try await test.ask(.week)
        for number in 1..<count { try await test.ask(.week, email: "r\(number)@example.org") }
        test.now = first.dueAt
        #expect(try await test.sendReminders().queued == count)
        return (test, first)
    }

    private func state(
        of reminder: Reminder, in test: TestBook
    ) async throws -> (ReminderState, String?) {
        let now = try await test.reminder(reminder.id)
        return (now.state, now.reason)
    }

    @Test func `an accepted mail is sent, and its reminder with it`() async throws {
        let (test, reminder) = try await waiting()
        let transport = RecordingTransport { _ in .accepted }
        let summary = try await test.deliver(through: transport)
        #expect(summary.claimed == 1 && summary.sent == 1)
        #expect(transport.mails.map(\.envelopeTo) == ["reader@example.org"])
        #expect(try await test.mails() == ["support sent"])
        #expect(try await state(of: reminder, in: test) == (.sent, nil))
        #expect(try await test.deliver(through: transport).claimed == 0)
        #expect(transport.mails.count == 1)
        try await expectSound(test)
    }

    @Test func `a refused mail has failed, and is not tried again`() async throws {
        let (test, reminder) = try await waiting()
        let refusing = RecordingTransport { _ in .refused("mailbox unknown") }
        #expect(try await test.deliver(through: refusing).failed == 1)
        #expect(try await test.mails() == ["support failed"])
        #expect(try await state(of: reminder, in: test) == (.failed, "mailFailed"))
        #expect(try await test.history(of: reminder.id.text).last == "reminder.failed")
        test.now = test.now.adding(days: 30)
        #expect(try await test.post().isEmpty)
        try await expectSound(test)
    }

    @Test func `a mail is retried over two days, the same bytes, then given up`() async throws {
        let (test, reminder) = try await waiting()
        let busy = RecordingTransport { _ in .retryLater("greylisted") }
        for minutes: Int64 in [5, 30, 120, 360, 720, 1_440, 1_440] {
            let summary = try await test.deliver(through: busy)
            #expect(summary.retried == 1 && summary.failed == 0)
            #expect(try await state(of: reminder, in: test) == (.queued, nil))
            test.now = test.now.adding(seconds: 60 * minutes - 1)
            #expect(try await test.deliver(through: busy).claimed == 0)
            test.now = test.now.adding(seconds: 1)
        }
        #expect(try await test.deliver(through: busy).failed == 1)
        #expect(try await state(of: reminder, in: test) == (.failed, "mailGivenUp"))
        #expect(busy.mails.count == 8)
        #expect(Set(busy.mails).count == 1)
        test.now = test.now.adding(days: 30)
        #expect(try await test.post().isEmpty)
        try await expectSound(test)
    }

    @Test func `each mail has a Message-ID of its own, and no id of ours leaves`() async throws {
        let (test, _) = try await waiting(3)
        let transport = RecordingTransport { _ in .accepted }
        _ = try await test.deliver(through: transport)
        let identifiers = transport.mails.map { ReceivedMail($0).headers["message-id"] }
        #expect(Set(identifiers).count == 3 && !identifiers.contains(nil))
        for mail in transport.mails {
            let text = String(decoding: mail.bytes, as: UTF8.self)
            for prefix in ["msg_", "rem_", "sup_"] { #expect(!text.contains(prefix)) }
        }
    }

    @Test func `a misconfigured transport stops the run and loses no mail`() async throws {
        let (test, reminder) = try await waiting(20)
        let broken = RecordingTransport { _ in .misconfigured("no such program") }
        let problem = await #expect(throws: Problem.self) {
            try await test.deliver(through: broken)
        }
        #expect(problem == Problem(.unavailable, "no such program"))
        #expect(broken.mails.count < 20)
        #expect(try await DeliverMail.due(in: test.context()) == 20)
        #expect(try await state(of: reminder, in: test) == (.queued, nil))
        #expect(try await test.post().count == 20)
        try await expectSound(test)
    }

    @Test func `one bad mailbox does not hold up the others`() async throws {
        let (test, _) = try await waiting(50)
        let transport = RecordingTransport {
            $0.envelopeTo == "reader@example.org" ? .retryLater("busy") : .accepted
        }
        let summary = try await test.deliver(through: transport)
        #expect(summary.sent == 49 && summary.retried == 1)
    }

    @Test func `the mail of a worker that was killed comes back after its lease`() async throws {
        let (test, reminder) = try await waiting()
        let (handed, handOver) = AsyncStream.makeStream(of: Void.self)
        let (freed, free) = AsyncStream.makeStream(of: Void.self)
        let hanging = RecordingTransport { _ in
            handOver.yield()
            for await _ in freed {}
            return .accepted
        }
        async let killed = test.deliver(through: hanging)
        for await _ in handed { break }

        let second = RecordingTransport { _ in .accepted }
        test.now = test.now.adding(seconds: 899)
        #expect(try await test.deliver(through: second).claimed == 0)
        test.now = test.now.adding(seconds: 1)
        #expect(try await test.deliver(through: second).sent == 1)
        #expect(second.mails == hanging.mails)

        // The worker was not dead after all. Its late answer changes nothing.
        free.finish()
        _ = try await killed
        #expect(
            try await test.history(of: reminder.id.text) == [
                "reminder.scheduled", "reminder.queued", "reminder.sent",
            ])
        try await expectSound(test)
    }

    @Test func `an address suppressed meanwhile gets nothing`() async throws {
        let (test, reminder) = try await waiting()
        try await SuppressAddress.run(
            "reader@example.org", .support, .optOut, in: test.context())
        #expect(try await test.post().isEmpty)
        #expect(try await test.mails() == ["support failed"])
        #expect(try await state(of: reminder, in: test) == (.skipped, "suppressed"))
        try await expectSound(test)
    }

    @Test func `a support mail can be stopped with one click, a notice cannot`() async throws {
        let (test, _) = try await waiting()
        try await test.plant {
            $0.email = "giver@example.org"
            $0.interval = .year
            $0.nextChargeOn = "2026-12-01"
        }
        _ = try await test.sendReminders()
        let mails = try await test.post()
        let support = try #require(mails.first { $0.headers["to"] == "reader@example.org" })
        let token = try #require(support.token(of: "unsubscribe"))
        #expect(
            support.headers["list-unsubscribe"]
                == "<\(Settings.localBaseURL)/unsubscribe/\(token)>")
        #expect(support.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click")
        #expect(support.body.contains("Daily Test gGmbH"))
        #expect(support.body.contains("Teststr. 1, 10115 Berlin"))

        let notice = try #require(mails.first { $0.headers["to"] == "giver@example.org" })
        #expect(notice.headers["list-unsubscribe"] == nil)
        #expect(notice.token(of: "manage") != nil)
    }

    @Test func `a limit leaves the rest for the next run`() async throws {
        let (test, _) = try await waiting(3)
        let transport = RecordingTransport { _ in .accepted }
        let summary = try await DeliverMail.run(
            limit: 2, through: transport, templates: TemplateLibrary(overridesFolder: nil),
            in: test.context())
        #expect(summary.claimed == 2)
        #expect(try await DeliverMail.due(in: test.context()) == 1)
    }

    @Test func `one record that fails leaves its siblings sent, and is sent again`() async throws {
        let (test, _) = try await waiting(20)
        // The first eight are handed over at once; then recording one of them fails.
        let handed = Mutex(0)
        let transport = RecordingTransport { _ in
            handed.withLock { $0 += 1 }
            while handed.withLock({ $0 < 8 }) { await Task.yield() }
            return .accepted
        }
        let driver = HookedDriver.failingOnce(test.database) { handed.withLock { $0 >= 8 } }
        await #expect(throws: DriverError.diskFull) {
            try await DeliverMail.run(
                through: transport, templates: TemplateLibrary(overridesFolder: nil),
                in: test.context(through: driver))
        }
        let count = transport.mails.count
        let states = try await test.mails()
        #expect(count >= 8)
        #expect(states.count { $0 == "support sent" } == count - 1)
        // The rest is back in the queue at once; the failed one follows after its lease.
        #expect(try await DeliverMail.due(in: test.context()) == 20 - count)
        #expect(try await test.post().count == 20 - count)
        test.now = test.now.adding(seconds: 900)
        let again = RecordingTransport { _ in .accepted }
        #expect(try await test.deliver(through: again).sent == 1)
        #expect(transport.mails.contains(try #require(again.mails.first)))
        try await expectSound(test)
    }
}
