import Foundation
import TestSupport
import Testing

/// Webhooks as their users see them: the operator at the command line, and the receiver.
@Suite struct WebhookSessionTests {
    /// Adds an endpoint whose receiver verifies requests with the public library.
    private static func endpoint(
        _ site: Site, _ receiver: WebhookReceiver, _ path: String
    ) throws -> String {
        let added = try site.answer(
            "webhook endpoint add --allow-http --allow-private --url", receiver.url(path))
        let id = try #require(added["id"])
        try Self.tell(try #require(added["secret"]), of: id, site, receiver, path)
        return id
    }

    /// Puts the secret into the endpoint's URL, from which the receiver reads it.
    private static func tell(
        _ secret: String, of id: String, _ site: Site, _ receiver: WebhookReceiver, _ path: String
    ) throws {
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "_-."))
        let escaped = try #require(secret.addingPercentEncoding(withAllowedCharacters: unreserved))
        let query = path.contains("?") ? "&" : "?"
        try site.succeed(
            "webhook endpoint update \(id) --url",
            receiver.url("\(path)\(query)secret=\(escaped)"))
    }

    @Test func `an event arrives, and the public library takes it, through a rotation`() throws {
        let site = try Site.withBook()
        let receiver = try WebhookReceiver()
        let path = "status?code=200"
        let id = try Self.endpoint(site, receiver, path)
        try site.succeed("supporter add --email one@example.org")
        #expect(try site.answer("run webhooks --dry-run").number("due") == 1)
        #expect(try site.answer("run webhooks").number("delivered") == 1)
        #expect(try receiver.requests().map(\.verified) == [true])

        // The receiver still has the old secret; both secrets sign.
        let rotated = try site.answer("webhook endpoint rotate \(id)")
        try site.succeed("supporter add --email two@example.org")
        #expect(try site.answer("run webhooks").number("delivered") == 1)
        #expect(try receiver.requests().map(\.verified) == [true, true])
        try Self.tell(try #require(rotated["secret"]), of: id, site, receiver, path)
        try site.succeed("supporter add --email three@example.org")
        #expect(try site.answer("run webhooks").number("delivered") == 1)
        #expect(try receiver.requests().map(\.verified) == [true, true, true])
        let signatures = try receiver.requests().compactMap { $0.headers?["webhook-signature"] }
        #expect(signatures.map { $0.split(separator: " ").count } == [1, 2, 2])

        let bodies = Set(try receiver.requests().compactMap(\.body))
        let stored = try site.query("SELECT body FROM events WHERE type = 'supporter.created'")
        #expect(bodies == Set(stored.map { $0[0] }))
        for body in bodies { #expect(!body.contains("example.org")) }
        try site.succeed("doctor")
    }

    @Test func `a test says what came back, and fails when it failed`() throws {
        let site = try Site.withBook()
        let receiver = try WebhookReceiver()
        let good = try Self.endpoint(site, receiver, "status?code=200")
        let outcome = try site.answer("webhook test \(good)")
        #expect(outcome.number("status") == 200)
        #expect(try receiver.requests().map(\.verified) == [true])
        let bad = try Self.endpoint(site, receiver, "status?code=500")
        let ending = try site.run("--json webhook test \(bad)")
        #expect(ending.code == 1)
        #expect(ending.complaint == "error: not delivered: answered 500\n")
        #expect(try Answer(ending.text).number("status") == 500)
    }

    @Test func `what failed is listed in words, and replayed`() throws {
        let site = try Site.withBook()
        let receiver = try WebhookReceiver()
        let id = try Self.endpoint(site, receiver, "status?code=503&after=600")
        try site.succeed("supporter add --email one@example.org")
        #expect(try site.answer("run webhooks").number("retried") == 1)
        let waiting = try #require(try site.answers("webhook deliveries --state waiting").first)
        #expect(waiting["error"] == "answered 503")
        #expect(waiting.number("attempts") == 1)
        #expect(waiting["endpoint_id"] == id && waiting["next_attempt_at"] != nil)
        try site.succeed(
            "webhook endpoint update \(id) --url", receiver.url("status?code=200"))
        let delivery = try #require(waiting["id"])
        #expect(try site.answer("webhook replay --delivery \(delivery)").number("queued") == 1)
        #expect(try site.answer("run webhooks").number("delivered") == 1)
        let since = "--since 2020-01-01T00:00:00Z"
        #expect(
            try site.answer("webhook replay --endpoint \(id) \(since)").number("queued") == 1)
    }

    @Test func `an address of one's own network is refused unless it is allowed`() throws {
        let site = try Site.withBook()
        let receiver = try WebhookReceiver()
        let url = receiver.url("status?code=200")
        // An IP address is refused at once, a host name whenever something is sent.
        let figures = try site.run("webhook endpoint add --allow-http --url", url)
        let added = try site.answer(
            "webhook endpoint add --allow-http --url",
            url.replacing("127.0.0.1", with: "localhost"))
        let id = try #require(added["id"])
        let name = try site.run("webhook test \(id)")
        for (refused, code) in [(figures, 65), (name, 1)] as [(Ending, Int32)] {
            #expect(refused.code == code)
            #expect(refused.complaint.contains("is forbidden (loopback)"))
            #expect(refused.complaint.contains("--allow-private"))
        }
        #expect(try receiver.requests().isEmpty)
        try site.succeed("webhook endpoint update \(id) --allow-private --url", url)
        try site.succeed("webhook test \(id)")
        #expect(try receiver.requests().count == 1)
    }

    @Test func `neither secret nor URL is found in the book, the list, or the outbox`() throws {
        let site = try Site.withBook()
        let added = try site.answer("webhook endpoint add --url https://u:pw77@example.org/k-55")
        let secret = try #require(added["secret"])
        try site.succeed("supporter add --email one@example.org")
        let listed = try site.succeed("--json webhook endpoint list").text
        let shown = try site.succeed("webhook endpoint show", try #require(added["id"])).text
        for text in [listed, shown] { #expect(!text.contains(secret)) }
        for name in try site.names() where !name.hasSuffix(".keys") {
            let bytes = String(decoding: try site.read(name), as: UTF8.self)
            for text in [secret, String(secret.dropFirst(6)), "pw77", "k-55"] {
                #expect(!bytes.contains(text), "\(name)")
            }
        }
    }

    // MARK: Killed

    private static let kills = 200
    private static let people = 400

    @Test func `a deliverer killed again and again loses nothing and forges nothing`() throws {
        let site = try Site.withBook()
        let receiver = try WebhookReceiver()
        let added = try site.answer(
            "webhook endpoint add --allow-http --allow-private --events supporter.* --url",
            receiver.url("slow?seconds=0.05"))
        let id = try #require(added["id"])
        let rows = (0..<Self.people).map { "reader\($0)@example.org\n" }
        try site.write("people.csv", "email\n" + rows.joined())
        try site.succeed("import people.csv --deliver-events --quiet")

        var seed = Seed("webhooks")
        var minutes = 0
        // Each run begins after the lease of the killed one has ended.
        func run() throws -> RunningProgram {
            minutes += 2
            let day = minutes / 1_440 + 1
            let clock = String(format: "T%02d:%02d:00Z", minutes % 1_440 / 60, minutes % 60)
            let time = String(format: "2027-01-%02d", day) + clock
            return try site.start("--now \(time) --json run webhooks --limit 8")
        }
        var killed = 0
        while killed < Self.kills {
            let running = try run()
            sleep(for: .milliseconds(300) * seed.fraction())
            running.kill()
            let ending = try running.wait()
            if ending.code == nil { killed += 1 }
            if killed.isMultiple(of: 50) { try check(site, receiver, "\(seed)") }
            let left = try site.count(
                "SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting'")
            if left == 0 {
                try site.succeed(
                    "webhook replay --endpoint \(id) --since 2020-01-01T00:00:00Z --quiet")
            }
        }
        while try site.count("SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting'") > 0
        {
            let ending = try run().wait()
            try #require(ending.code == 0, "\(ending.complaint)")
        }
        let arrived = try check(site, receiver, "\(seed)")
        #expect(arrived == Self.people, "\(seed)")
        try site.succeed("doctor")
    }

    /// Every delivery that is marked as delivered has arrived. Each id that arrived has one body,
    /// and it is genuine.
    @discardableResult
    private func check(
        _ site: Site, _ receiver: WebhookReceiver, _ comment: String
    ) throws -> Int {
        let delivered = try site.query(
            "SELECT event_id FROM webhook_deliveries WHERE state = 'delivered'")
        // Read after the book, because everything that the book lists as delivered had arrived by
        // then.
        let requests = try receiver.requests()
        var bodies: [String: Set<String>] = [:]
        for request in requests {
            let id = try #require(request.headers?["webhook-id"])
            bodies[id, default: []].insert(try #require(request.body))
        }
        let events = Dictionary(
            try site.query("SELECT id, body FROM events").map { ($0[0], $0[1]) },
            uniquingKeysWith: { first, _ in first })
        #expect(Set(delivered.map { $0[0] }).isSubset(of: bodies.keys), "\(comment)")
        for (id, found) in bodies { #expect(found == [events[id]], "\(comment)") }
        return bodies.count
    }
}
