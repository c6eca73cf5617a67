import Mail
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

/// RunRetention: mails, links, files, deliveries and answers; run twice, killed, or dry.
@Suite struct RetainedRowsTests {
    private let nothing = RunRetention.Summary()

    /// Expects that nothing is due one millisecond before `border`, `expected` at it, and nothing
    /// after that.
    private func check(
        _ test: TestBook, at border: Instant, _ expected: RunRetention.Summary,
        _ change: (inout Settings.Retention) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        test.now = border.adding(milliseconds: -1)
        #expect(try await test.retain(change) == nothing, sourceLocation: sourceLocation)
        test.now = border
        let rehearsed = try await test.retain(isDryRun: true, change)
        #expect(rehearsed == expected, sourceLocation: sourceLocation)
        #expect(try await test.retain(change) == expected, sourceLocation: sourceLocation)
        #expect(try await test.retain(change) == nothing, sourceLocation: sourceLocation)
        try await expectSound(test, sourceLocation: sourceLocation)
    }

    private func summary(
        _ change: (inout RunRetention.Summary) -> Void
    ) -> RunRetention.Summary {
        var summary = RunRetention.Summary()
        change(&summary)
        return summary
    }

    // MARK: Mail

    @Test(arguments: [30, 2])
    func `a mail's row goes so many days after it was sent`(days: Int) async throws {
        let test = try await TestBook()
        try await test.noticeSupporter()
        test.now = test.now.adding(days: 1)
        try await test.post()
        #expect(try await test.mails() == ["upcomingCharge sent"])
        let border = test.now.adding(days: Int64(days))
        try await check(test, at: border, summary { $0.mails = 1 }) { $0.mailDays = days }
        #expect(try await test.mails().isEmpty)
        #expect(try await test.reminders().map(\.state) == [.sent])
    }

    @Test func `a failed mail's row goes so many days after it was made`() async throws {
        let test = try await TestBook()
        try await test.noticeSupporter()
        let border = test.now.adding(days: 30)
        test.now = test.now.adding(days: 1)
        _ = try await test.deliver(through: RecordingTransport { _ in .refused("no such box") })
        #expect(try await test.mails() == ["upcomingCharge failed"])
        try await check(test, at: border, summary { $0.mails = 1 })
    }

    @Test func `a mail that waits is never deleted`() async throws {
        let test = try await TestBook()
        try await test.noticeSupporter()
        test.now = test.now.adding(days: 36_500)
        #expect(try await test.retain() == nothing)
        #expect(try await test.mails() == ["upcomingCharge queued"])
    }

    @Test func `a reminder whose mail's row is gone is not sent again`() async throws {
        let test = try await TestBook()
        try await test.noticeSupporter()
        try await test.post()
        test.now = test.now.adding(days: 1)
        #expect(try await test.retain { $0.mailDays = 1 }.mails == 1)
        #expect(try await test.sendReminders().queued == 0)
        #expect(try await test.post().isEmpty)
    }

    @Test func `a link goes when it expires`() async throws {
        let test = try await TestBook()
        try await test.noticeSupporter()
        try await test.post()
        let expiry = test.now.adding(days: Settings.linkDays)
        test.now = test.now.adding(days: 30)
        #expect(try await test.retain() == summary { $0.mails = 1 })
        #expect(try await test.rows(of: "mail_links") == 1)
        try await check(test, at: expiry, summary { $0.links = 1 })
        #expect(try await test.rows(of: "mail_links") == 0)
    }

    @Test(arguments: [30, 3])
    func `a file in the outbox goes by the time in its mail's id`(days: Int) async throws {
        let test = try await TestBook()
        try await test.noticeSupporter()
        let made = test.now
        test.now = test.now.adding(days: 1)
        try await test.postToOutbox()
        #expect(try test.outbox.mailIDs().count == 1)
        let border = made.adding(days: Int64(days))
        try await check(test, at: border, summary { $0.outboxFiles = 1 }) { $0.mailDays = days }
        #expect(try test.outbox.mailIDs() == [])
    }

    @Test func `an outbox that cannot be read is a problem that says where`() async throws {
        let test = try await TestBook()
        var settings = try Settings()
        settings.outboxFolder = test.path
        let context = try test.context(settings: settings)
        let message = await expectRefusal(.inputOutput) {
            try await RunRetention.run(isDryRun: false, in: context)
        }
        #expect(message.hasPrefix("\(test.path): cannot open the outbox folder"))
    }

    // MARK: Webhooks and answers

    @Test(arguments: [(200, DeliveryState.delivered, 90), (410, .dead, 90), (200, .delivered, 5)])
    func `a delivery that is over goes with its attempts`(
        status: Int, state: DeliveryState, days: Int
    ) async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        try await test.addPerson()
        let border = test.now.adding(days: Int64(days))
        test.now = test.now.adding(days: 1)
        let receiver = ScriptedReceiver(.answered(status: status, retryAfter: nil))
        _ = try await test.deliver(to: receiver)
        #expect(try await test.deliveries().map(\.delivery.state) == [state])
        #expect(try await test.rows(of: "webhook_attempts") == 1)
        try await check(test, at: border, summary { $0.deliveries = 1 }) {
            $0.deliveryDays = days
        }
        #expect(try await test.deliveries().isEmpty)
        #expect(try await test.rows(of: "webhook_attempts") == 0)
    }

    @Test func `a delivery that waits is never deleted`() async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        try await test.addPerson()
        _ = try await test.deliver(
            to: ScriptedReceiver(.answered(status: 500, retryAfter: nil)))
        test.now = test.now.adding(days: 36_500)
        #expect(try await test.retain() == nothing)
        #expect(try await test.deliveries(state: .waiting).count == 1)
        #expect(try await test.rows(of: "webhook_attempts") == 1)
    }

    @Test(arguments: [30, 1])
    func `a stored answer goes so many days after it was given`(days: Int) async throws {
        let test = try await TestBook()
        try await test.register { $0.idempotencyKey = "k" }
        let border = test.now.adding(days: Int64(days))
        test.now = border.adding(milliseconds: -1)
        #expect(try await test.register { $0.idempotencyKey = "k" }.isRepeat)
        try await check(test, at: border, summary { $0.answers = 1 }) { $0.answerDays = days }
        test.now = border.adding(days: 2)
        #expect(try await test.register { $0.idempotencyKey = "k" }.isRepeat == false)
    }

    // MARK: Run twice, killed, or as a rehearsal

    /// A book in which everything that can be deleted is due, beside things that stay.
    private func everything() async throws -> TestBook {
        let test = try await TestBook()
        try await test.addEndpoint()
        try await test.plant(in: .cancelled) { $0.email = "former@example.org" }
        try await test.plant { $0.email = "present@example.org" }
        try await test.register {
            ($0.person.email, $0.idempotencyKey) = ("new@example.org", "k")
        }
        try await test.remindReader()
        _ = try await test.deliver(to: ScriptedReceiver())
        try test.moveClock(to: "2029-01-01T00:00:00Z")
        return test
    }

    private let tables = [
        "supporters", "events", "reminders", "mail_messages", "mail_links",
        "webhook_deliveries", "webhook_attempts", "idempotent_requests",
    ]

    private func counts(_ test: TestBook) async throws -> [Int64] {
        var counts: [Int64] = []
        for table in tables { counts.append(try await test.rows(of: table)) }
        return counts + [Int64(try test.outbox.mailIDs().count), Int64(try await test.known())]
    }

    private func expectAllGone(_ test: TestBook) async throws {
        for table in ["mail_messages", "mail_links", "webhook_attempts", "idempotent_requests"] {
            #expect(try await test.rows(of: table) == 0, "\(table)")
        }
        #expect(try await test.deliveries().allSatisfy { $0.delivery.state == .waiting })
        #expect(try test.outbox.mailIDs() == [])
        #expect(try await test.known() == 2)
        #expect(try await test.events().count { $0.type == "supporter.erased" } == 2)
        try await expectSound(test)
    }

    @Test func `a dry run counts what goes, and changes nothing`() async throws {
        let test = try await everything()
        let before = try await counts(test)
        let rehearsed = try await test.retain(isDryRun: true)
        #expect(try await counts(test) == before)
        #expect(rehearsed.forgottenReaders == 1 && rehearsed.forgottenSupporters == 1)
        #expect(rehearsed.mails == 1 && rehearsed.links == 1 && rehearsed.outboxFiles == 1)
        #expect(rehearsed.deliveries > 3 && rehearsed.answers == 1)
        #expect(try await test.retain() == rehearsed)
        try await expectAllGone(test)
        let after = try await counts(test)
        #expect(try await test.retain() == nothing)
        #expect(try await counts(test) == after)
    }

    @Test func `a dry run asks for no write, and neither does a run that finds nothing`()
        async throws
    {
        let test = try await everything()
        let driver = HookedDriver(test.database) { _ in throw Killed() }
        let own = try test.context()
        let context = Context(
            book: Book(driver: driver, keys: test.book.keys, journal: test.book.journal),
            ids: own.ids, actor: own.actor,
            settings: own.settings, clock: { test.now })
        _ = try await RunRetention.run(isDryRun: true, in: context)
        _ = try await test.retain()
        _ = try await test.retain(through: driver)
        #expect(driver.count == 0)
    }

    @Test func `two runs at once do the work of one`() async throws {
        let test = try await everything()
        let whole = try await test.retain(isDryRun: true)
        async let first = test.retain()
        async let second = test.retain()
        let (one, other) = try await (first, second)
        #expect(one.forgottenReaders + other.forgottenReaders == whole.forgottenReaders)
        #expect(
            one.forgottenSupporters + other.forgottenSupporters == whole.forgottenSupporters)
        #expect(one.deliveries + other.deliveries == whole.deliveries)
        #expect(one.answers + other.answers == whole.answers)
        #expect(one.links + other.links == whole.links)
        #expect(one.outboxFiles + other.outboxFiles == whole.outboxFiles)
        try await expectAllGone(test)
    }

    /// The run has five transactions: mails, links, deliveries, answers, people.
    @Test(arguments: 1...5)
    func `a run killed before any of its transactions is finished by the next`(
        write: Int
    ) async throws {
        let test = try await everything()
        let driver = HookedDriver(test.database) { if $0 == write { throw Killed() } }
        await #expect(throws: Killed.self) { try await test.retain(through: driver) }
        #expect(driver.count == write)
        try await expectSound(test)
        _ = try await test.retain()
        try await expectAllGone(test)
    }

    // MARK: Processors' messages

    /// A processor's message that is applied now, a day after the charge that it tells of.
    private func told() async throws -> (
        test: TestBook, message: InboundMessage, processor: ScriptedProcessor
    ) {
        let (test, charge, processor) = try await TestBook.charged()
        test.now = test.now.adding(days: 1)
        let message = processor.tell(
            .settlement(
                paymentRemoteID: try #require(charge.remoteID),
                Settlement(feeMinor: 45, netMinor: 455, currency: "USD")))
        try await test.receive(message, from: processor)
        return (test, message, processor)
    }

    private func record(
        _ message: InboundMessage, from processor: ScriptedProcessor, in test: TestBook
    ) async throws -> Bool {
        try await RecordProcessorEvent.run(
            message.body, headers: [ScriptedProcessor.signature], from: processor,
            in: test.context())
    }

    @Test(arguments: [7, 2])
    func `what a processor told is forgotten so many days after it was applied`(
        days: Int
    ) async throws {
        let (test, message, processor) = try await told()
        let kept = "SELECT 1 FROM processor_events WHERE sealed IS NOT NULL"
        #expect(try await test.rows(kept).count == 1)
        try await check(
            test, at: test.now.adding(days: Int64(days)), summary { $0.processorEvents = 1 }
        ) { $0.processorDays = days }
        #expect(try await test.rows(kept).isEmpty)
        // Its id stays, so that it is known when it comes again; its effect stays, too.
        #expect(try await !record(message, from: processor, in: test))
        #expect(try await test.rows(of: "processor_events") == 1)
        #expect(try await test.onlyCharge().settlement?.feeMinor == 45)
    }

    @Test func `what a processor told and nobody could read goes as well`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        let unreadable = InboundMessage(remoteID: "evt_9", body: Array("evt_9 ?".utf8))
        #expect(try await record(unreadable, from: processor, in: test))
        #expect(try await test.apply(from: processor).failed == 1)
        try await check(
            test, at: test.now.adding(days: 7), summary { $0.processorEvents = 1 })
    }

    @Test func `what waits to be applied is kept until it was`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        let charge = try await test.onlyCharge()
        let message = processor.tell(
            .settlement(
                paymentRemoteID: try #require(charge.remoteID),
                Settlement(feeMinor: 45, netMinor: 455, currency: "USD")))
        #expect(try await record(message, from: processor, in: test))
        test.now = test.now.adding(days: 100)
        #expect(try await test.retain() == nothing)
        #expect(try await test.apply(from: processor).applied == 1)
        #expect(try await test.onlyCharge().settlement?.feeMinor == 45)
        try await check(
            test, at: test.now.adding(days: 7), summary { $0.processorEvents = 1 })
    }
}
