import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Webhooks
import Workflows

@Suite struct DeliverWebhooksTests {
    // MARK: Fan-out

    @Test func `an event goes to each endpoint that listens to it, and to no other`() async throws {
        let test = try await TestBook()
        let all = try await test.addEndpoint()
        let pledges = try await test.addEndpoint(events: ["pledge.*"])
        let off = try await test.addEndpoint()
        _ = try await UpdateWebhookEndpoint.run(
            off.id, .init(state: .disabled), in: test.context())
        try await test.register()
        #expect(
            try await test.deliveries(to: all.id).map(\.eventType).sorted() == [
                "payment_method.attached", "pledge.registered", "supporter.created",
                "webhook_endpoint.disabled",
            ])
        #expect(
            try await test.deliveries(to: pledges.id).map(\.eventType) == ["pledge.registered"])
        #expect(try await test.deliveries(to: off.id).isEmpty)
        #expect(try await test.faults() == [])
    }

    @Test func `a change that fails leaves no delivery`() async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        try await test.register()
        let before = try await test.deliveries().count
        await expectRefusal(.conflict) { try await test.register() }
        #expect(try await test.deliveries().count == before)
    }

    @Test(arguments: [false, true])
    func `an import is told only on request`(isTold: Bool) async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        let text = "email\nreader@example.org\n"
        var pieces = [Array(text.utf8), []]
        _ = try await ImportBook.run(
            .init(fileDigest: "0", deliversEvents: isTold), in: test.context(),
            reading: { pieces.removeFirst() }, reporting: { _ in })
        #expect(try await test.deliveries().count == (isTold ? 1 : 0))
        #expect(try await test.events().count == 1)
    }

    // MARK: One delivery

    @Test func `what is sent is the event's own bytes, under the event's id`() async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        try await test.addPerson()
        let receiver = ScriptedReceiver()
        let summary = try await test.deliver(to: receiver)
        #expect(summary.claimed == 1 && summary.delivered == 1)
        let event = try #require(try await test.events().first)
        let request = try #require(receiver.requests.first)
        #expect(request.id == event.id)
        #expect(request.body == Array(event.body.utf8))
        #expect(request.timestamp == test.now.milliseconds / 1_000)
        let delivery = try #require(try await test.deliveries().first)
        #expect(delivery.delivery.state == .delivered && delivery.delivery.attempts == 1)
        #expect(delivery.lastAttempt?.status == 200 && delivery.lastAttempt?.error == nil)
        #expect(try await test.deliver(to: receiver).claimed == 0)
        #expect(receiver.requests.count == 1)
    }

    @Test func `the whole schedule, by a clock that stands until it is moved`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        try await test.addPerson()
        // The whole schedule takes less than the five days of failure that disable an endpoint.
        let receiver = ScriptedReceiver(.answered(status: 500, retryAfter: nil))
        var waits: [Double] = []
        for attempt in 1...10 {
            let summary = try await test.deliver(to: receiver)
            #expect(summary.claimed == 1, "attempt \(attempt)")
            let delivery = try #require(try await test.deliveries(to: endpoint.id).first).delivery
            #expect(delivery.attempts == attempt)
            guard delivery.state == .waiting else { break }
            let next = delivery.nextAttemptAt
            waits.append(Double(next.milliseconds - test.now.milliseconds) / 1_000)
            test.now = next.adding(milliseconds: -1)
            #expect(try await test.deliver(to: receiver).claimed == 0)
            test.now = next
        }
        let expected: [Double] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
        #expect(waits.count == expected.count)
        for (wait, delay) in zip(waits, expected) {
            #expect(wait >= delay * 0.8 && wait <= delay * 1.2)
        }
        // Without jitter, both would be equal.
        #expect(zip(waits, expected).contains { $0 != $1 })
        let delivery = try #require(try await test.deliveries(to: endpoint.id).first)
        #expect(delivery.delivery.state == .dead && delivery.lastAttempt?.error == "answered 500")
        #expect(receiver.requests.count == 10)
        #expect(Set(receiver.requests.map(\.id)).count == 1)
        #expect(Set(receiver.requests.map(\.body)).count == 1)
        #expect(Set(receiver.requests.map(\.timestamp)).count == 10)
        #expect(try await test.deliver(to: receiver).claimed == 0)
    }

    @Test(arguments: [
        (429, "120", 120.0), (503, "120", 120), (503, "Sun, 22 Nov 2026 12:10:00 GMT", 600),
        (503, "Sat, 21 Nov 2026 12:00:00 GMT", 5), (500, "120", 5), (503, "soon", 5),
        (503, "-1", 5), (503, "99999999", 86_400),
    ])
    func `a receiver that asks to wait is left alone so long, up to a day`(
        status: Int, header: String, seconds: Double
    ) async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        try await test.addPerson()
        _ = try await test.deliver(
            to: ScriptedReceiver(.answered(status: status, retryAfter: header)))
        let next = try #require(try await test.deliveries().first).delivery.nextAttemptAt
        let wait = Double(next.milliseconds - test.now.milliseconds) / 1_000
        #expect(wait >= seconds * 0.8 && wait <= seconds * 1.2, "\(wait)")
    }

    // MARK: Many

    @Test func `at most four go to one endpoint at a time, and all go`() async throws {
        let test = try await TestBook()
        let urls = (0..<3).map { "https://hooks\($0).example.org/" }
        for url in urls { try await test.addEndpoint(url) }
        for number in 0..<30 { try await test.addPerson(number) }
        let receiver = ScriptedReceiver()
        let summary = try await test.deliver(to: receiver)
        #expect(summary.delivered == 90)
        for url in urls {
            #expect(receiver.requests.count { $0.url == url } == 30)
            #expect(receiver.mostUnderWay(to: url) <= 4)
        }
    }

    @Test func `an endpoint that never answers holds up no other`() async throws {
        let test = try await TestBook()
        try await test.addEndpoint("https://slow.example.org/")
        try await test.addEndpoint("https://quick.example.org/")
        for number in 0..<20 { try await test.addPerson(number) }
        let receiver = ScriptedReceiver()
        let quickIsDone = AsyncStream<Void>.makeStream()
        let context = try test.context()
        let summary = try await DeliverWebhooks.run(
            through: { request in
                if request.url.contains("slow") {
                    // The slow endpoint answers only when all deliveries to the other one are done.
                    for await _ in quickIsDone.stream {}
                    return .failed("no answer")
                }
                let reply = await receiver.send(request)
                if receiver.requests.count == 20 { quickIsDone.continuation.finish() }
                return reply
            }, in: context)
        #expect(summary.delivered == 20 && summary.retried == 20)
    }

    @Test func `two runs at once send each once`() async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        for number in 0..<40 { try await test.addPerson(number) }
        let receiver = ScriptedReceiver()
        async let one = test.deliver(to: receiver)
        async let other = test.deliver(to: receiver)
        let total = try await one.delivered + other.delivered
        #expect(total == 40)
        #expect(receiver.requests.count == 40)
        #expect(Set(receiver.requests.map(\.id)).count == 40)
    }

    @Test func `a limit is kept to`() async throws {
        let test = try await TestBook()
        try await test.addEndpoint()
        for number in 0..<10 { try await test.addPerson(number) }
        #expect(try await test.deliver(to: ScriptedReceiver(), limit: 7).claimed == 7)
        #expect(try await DeliverWebhooks.due(in: test.context()) == 3)
    }

    @Test func `what a killed run had claimed goes out when its lease ends`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        try await test.addPerson()
        let now = test.now
        _ = try await test.book.write { transaction in
            try transaction.claimDeliveries(
                to: endpoint.id, dueBy: now, leasedUntil: now.adding(seconds: 60), limit: 4)
        }
        let receiver = ScriptedReceiver()
        #expect(try await test.deliver(to: receiver).claimed == 0)
        test.now = now.adding(seconds: 60)
        #expect(try await test.deliver(to: receiver).delivered == 1)
    }

    // MARK: Health

    @Test func `one record that fails leaves its siblings recorded, and is sent again`()
        async throws
    {
        let test = try await TestBook()
        try await test.addEndpoint()
        for number in 0..<4 { try await test.addPerson(number) }
        // All four are in flight; then recording one of them fails.
        let receiver = ScriptedReceiver()
        let driver = HookedDriver.failingOnce(test.database) { receiver.requests.count == 4 }
        await #expect(throws: DriverError.diskFull) {
            try await DeliverWebhooks.run(
                through: { request in
                    let reply = await receiver.send(request)
                    while receiver.requests.count < 4 { await Task.yield() }
                    return reply
                }, in: test.context(through: driver))
        }
        #expect(try await test.deliveries(state: .delivered).count == 3)
        let waiting = try #require(try await test.deliveries(state: .waiting).first)
        #expect(waiting.delivery.attempts == 0)
        // Nobody can claim it until its lease ends.
        test.now = test.now.adding(seconds: 59)
        #expect(try await test.deliver(to: receiver).claimed == 0)
        test.now = test.now.adding(seconds: 1)
        #expect(try await test.deliver(to: receiver).delivered == 1)
        #expect(receiver.requests.count == 5)
        #expect(Set(receiver.requests.map(\.id)).count == 4)
        #expect(receiver.requests.last?.id == waiting.delivery.eventID.text)
    }

    @Test func `410 disables the endpoint, and the rest waits`() async throws {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        try await test.addPerson()
        var settings = try Settings()
        settings.mailOperator = try EmailAddress("operator@example.org")
        let summary = try await test.deliver(
            to: ScriptedReceiver(.answered(status: 410, retryAfter: nil)), settings: settings)
        #expect(summary.dead == 1 && summary.disabledEndpoints == 1)
        #expect(try await test.endpoint(endpoint.id).state == .disabled)
        #expect(try await test.history(of: endpoint.id.text) == ["webhook_endpoint.disabled"])
        try await test.addPerson(1)
        #expect(try await test.deliver(to: ScriptedReceiver()).claimed == 0)

        _ = try await CheckAttention.run(in: test.context(settings: settings))
        let mails = try await test.post(settings: settings)
        let mail = try #require(mails.first)
        #expect(mails.count == 1)
        #expect(mail.headers["to"] == "operator@example.org")
        #expect(mail.body.contains(endpoint.id.text) && mail.body.contains("410 Gone"))
        #expect(try await test.faults() == [])
    }

    @Test func `five days of failures disable the endpoint; a success restarts the count`()
        async throws
    {
        let test = try await TestBook()
        let endpoint = try await test.addEndpoint()
        let failing = ScriptedReceiver(.failed("no connection"))
        try await test.addPerson(0)
        _ = try await test.deliver(to: failing)
        test.now = test.now.adding(days: 4)
        try await test.addPerson(1)
        #expect(try await test.deliver(to: failing).disabledEndpoints == 0)
        test.now = test.now.adding(hours: 23)
        _ = try await test.deliver(to: ScriptedReceiver())
        #expect(try await test.endpoint(endpoint.id).failingSince == nil)
        let begun = test.now
        try await test.addPerson(2)
        _ = try await test.deliver(to: failing)
        test.now = begun.adding(days: 5).adding(milliseconds: -1)
        try await test.addPerson(3)
        #expect(try await test.deliver(to: failing).disabledEndpoints == 0)
        test.now = begun.adding(days: 5)
        try await test.addPerson(4)
        #expect(try await test.deliver(to: failing).disabledEndpoints == 1)
        #expect(try await test.endpoint(endpoint.id).state == .disabled)
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.endpointDisabled])
        #expect(open.map(\.detail) == ["every attempt of 5 days has failed"])
        #expect(try await test.faults() == [])
    }
}
