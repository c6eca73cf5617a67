import OpenSSL
import Pledging
import Store
import TestSupport
import Testing

/// Each record is read as it was written: the operator's settings, messages, events and
/// suppressions.
@Suite struct StoredRecordTests {
    private let book: EntityBook

    init() async throws { book = try await EntityBook() }

    // MARK: The operator's settings

    @Test func `a webhook endpoint, a delivery and its attempt`() async throws {
        let full = WebhookEndpoint(
            id: try book.id(), url: "https://a.example/x",
            events: [.all, try #require(EventFilter("pledge.*"))], allowsHTTP: true,
            allowsPrivate: false, state: .disabled,
            secrets: [.init(text: "one"), .init(text: "two", expiresAt: at(1))],
            failingSince: at(2), createdAt: at(3))
        var sparse = WebhookEndpoint(
            id: try book.id(), url: "https://b.example", events: [.all], allowsPrivate: true,
            secrets: [.init(text: "three")], createdAt: at(4))
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) },
            read: { try $0.webhookEndpoint($1.id) })
        sparse.version = 2
        sparse.url = "https://c.example"
        sparse.events = [try #require(EventFilter("charge.declined"))]
        sparse.allowsHTTP = true
        sparse.allowsPrivate = false
        sparse.secrets = [.init(text: "four", expiresAt: at(5))]
        sparse.failingSince = at(6)
        try await book.expectUpdated(
            sparse, update: { try $0.update($1, at: .noon) },
            read: { try $0.webhookEndpoint($1.id) })

        let event = try book.event()
        let (endpoint, deliveryID) = (sparse.id, try book.id() as ID<Delivery>)
        try await book.write { transaction in
            try transaction.append([event], isFannedOut: false)
            try transaction.replay(event.id, to: endpoint, id: deliveryID, at: at(7))
        }
        let delivery = Delivery(
            id: deliveryID, endpointID: endpoint, eventID: event.id, isReplay: true,
            nextAttemptAt: at(7), createdAt: at(7))
        let attempt = DeliveryAttempt(
            number: 1, at: at(8), durationMilliseconds: 9, status: 500, error: "refused")
        let isRecorded = try await book.write {
            #expect(try $0.delivery(deliveryID) == delivery)
            return try $0.record(attempt, of: delivery, state: .waiting, next: at(10))
        }
        #expect(isRecorded)
        let stored = try await book.read {
            try $0.deliveries(
                to: endpoint, state: nil, since: at(0), until: at(99), after: "", limit: 9)
        }
        #expect(stored.map(\.delivery.attempts) == [1])
        #expect(stored.map(\.eventType) == [event.type.rawValue])
        let last = try #require(stored.first?.lastAttempt)
        #expect(last.number == 1)
        #expect(last.at == at(8))
        #expect(last.durationMilliseconds == 9)
        #expect(last.status == 500)
        #expect(last.error == "refused")
    }

    @Test func `a token`() async throws {
        let token = APIToken(
            id: try book.id(), name: "name", scopes: [.chargesRead, .jobsRead], expiresAt: at(1),
            createdAt: at(2))
        let hash = [UInt8](repeating: 7, count: 32)
        try await book.expect(
            token, insert: { try $0.insert($1, secretHash: hash) },
            read: { try $0.apiToken($1.id)?.token })
        var used = token
        used.revokedAt = at(3)
        used.lastUsedOn = try book.day("2026-12-04")
        let (id, revokedAt, lastUsedOn) = (token.id, at(3), try book.day("2026-12-04"))
        let stored = try await book.write { transaction in
            try transaction.revoke(id, at: revokedAt)
            try transaction.markUsed(id, on: lastUsedOn)
            return (try transaction.apiToken(id), try transaction.apiTokens())
        }
        #expect(stored.0?.token == used)
        #expect(stored.0?.secretHash == hash)
        #expect(stored.1 == [used])
    }

    @Test func `a newsroom`() async throws {
        let full = Newsroom(
            name: "Name", legalName: "Legal name", postalAddress: "Street 1",
            timeZone: "Europe/Riga", profile: .discreet)
        for newsroom in [full, Newsroom()] {
            try await book.write { try $0.updateNewsroom(newsroom, at: .noon) }
            #expect(try await book.read { try $0.newsroom() } == newsroom)
        }
        #expect(try await book.read { try $0.keyRingFits() })
    }

    @Test func `a risk policy, a job and a processor`() async throws {
        let date = try book.day("2026-12-05")
        let policies = try await book.write { transaction in
            try [nil, date, nil, date].enumerated().map { number, refuseFrom in
                try transaction.set(
                    StoredRiskPolicy(
                        country: "LV", policy: number < 2 ? .warn : .refuse,
                        refuseFrom: refuseFrom, updatedAt: at(Int64(number))))
                return try transaction.riskPolicies().filter { $0.country == "LV" }
            }
        }
        #expect(policies.map(\.count) == [1, 1, 1, 1])
        #expect(policies.compactMap(\.first?.policy) == [.warn, .warn, .refuse, .refuse])
        #expect(policies.map(\.first?.refuseFrom) == [nil, date, nil, date])
        #expect(policies.compactMap(\.first?.updatedAt) == [at(0), at(1), at(2), at(3)])

        let over = JobStanding(
            job: .mail, startedAt: at(4), endedAt: at(5), nextRunAt: at(6), outcome: .failed,
            summary: "did", failure: "why", failuresInRow: 7)
        let (run, other) = (try book.id() as ID<JobRun>, try book.id() as ID<JobRun>)
        let jobs = try await book.write { transaction in
            try transaction.begin(.mail, run: run, until: at(9), at: at(4))
            let begun = try transaction.jobs()
            // Another run's end changes nothing.
            try transaction.end(over, run: other)
            let same = try transaction.jobs()
            try transaction.end(over, run: run)
            return [begun, same, try transaction.jobs()]
        }
        let running = JobStanding(
            job: .mail, leasedUntil: at(9), startedAt: at(4), nextRunAt: at(4))
        #expect(jobs == [[running], [running], [over]])

        let known = try await book.write { transaction in
            try transaction.insertProcessor(
                "elsewhere", mode: "live", at: at(10))
            try transaction.insertProcessor(
                "elsewhere", mode: "test", at: at(11))
            let new = try transaction.knownProcessors().filter { $0.name == "elsewhere" }
            try transaction.setReconcileSince(at(12), of: "elsewhere")
            try transaction.setMessageCursor("cursor", of: "elsewhere")
            let set = try transaction.knownProcessors().filter { $0.name == "elsewhere" }
            try transaction.clearMessageCursor(of: "elsewhere")
            return [
                new, set, try transaction.knownProcessors().filter { $0.name == "elsewhere" },
            ]
        }
        #expect(known.map { $0.map(\.mode) } == [["live"], ["live"], ["live"]])
        #expect(known.map { $0.map(\.createdAt) } == [[at(10)], [at(10)], [at(10)]])
        #expect(known.map { $0.map(\.messageCursor) } == [[nil], ["cursor"], [nil]])
        #expect(known.map { $0.map(\.reconcileSince) } == [[nil], [at(12)], [at(12)]])
    }

    // MARK: Messages, events and suppressions

    @Test func `a processor's message, and a token to be forgotten`() async throws {
        let (first, second) = (
            try book.id() as ID<ProcessorEvent>, try book.id() as ID<ProcessorEvent>
        )
        let isNew = try await book.write { transaction in
            try [first, second].map {
                try transaction.insertProcessorEvent(
                    $0, from: "elsewhere", remoteID: "evt", body: Array("body".utf8), at: at(1))
            }
        }
        #expect(isNew == [true, false])
        let waiting = try await book.read {
            try $0.waitingProcessorEvents(after: "", limit: 9)
        }
        #expect(waiting.map(\.id) == [first])
        #expect(waiting.map(\.processor) == ["elsewhere"])
        #expect(waiting.map(\.remoteID) == ["evt"])
        #expect(waiting.map(\.body) == [Array("body".utf8)])
        #expect(waiting.map(\.receivedAt) == [at(1)])

        let (removal, method) = (try book.id() as ID<ProcessorRemoval>, book.method)
        let claimed = try await book.write { transaction in
            try transaction.insertRemoval(removal, of: method, from: at(2), at: at(3))
            try transaction.postponeRemoval(removal, until: at(4))
            let early = try transaction.claimRemovals(at: at(3), leasedUntil: at(9), limit: 9)
            #expect(early.isEmpty)
            return try transaction.claimRemovals(at: at(4), leasedUntil: at(9), limit: 9)
        }
        #expect(claimed.map(\.id) == [removal])
        #expect(claimed.map(\.processor) == [method.processor])
        #expect(claimed.map(\.token) == [method.secret?.token])
        #expect(claimed.map(\.customer) == [method.secret?.customer])
        #expect(claimed.map(\.attempts) == [1])
    }

    @Test func `an event, its entry in the chain, and a seal`() async throws {
        let event = try book.event()
        let entry = AuditEntry(
            position: 1, eventID: event.id.text, salt: [UInt8](repeating: 1, count: 16),
            digest: [UInt8](repeating: 2, count: 32))
        let seal = AuditSeal(position: 1, head: [UInt8](repeating: 3, count: 32), at: at(1))
        try await book.write { transaction in
            try transaction.append([event], isFannedOut: false)
            try transaction.insertAuditEntries([entry])
            try transaction.insert(seal)
        }
        let stored = try #require(
            try await book.read {
                try $0.events(
                    type: nil, subjectID: event.subjectID, since: at(0), after: "", limit: 9)
            }.first { $0.sequence == event.sequence })
        #expect(stored.id == event.id.text)
        #expect(stored.type == event.type.rawValue)
        #expect(stored.sequence == event.sequence)
        #expect(stored.at == event.at)
        #expect(stored.actor == event.actor.text)
        #expect(stored.person == event.actor.person)
        #expect(stored.body == event.body)
        let kept = try #require(
            try await book.read { try $0.auditEntries(after: 0, limit: 9) }.first)
        #expect(kept.entry.position == 1)
        #expect(kept.entry.eventID == entry.eventID)
        #expect(kept.entry.salt == entry.salt)
        #expect(kept.entry.digest == entry.digest)
        #expect(kept.entry.redactionID == nil)
        #expect(kept.eventPosition == 1)
        #expect(kept.event?.subjectID == event.subjectID)
        #expect(kept.event?.body == event.body)
        #expect(try await book.read { try $0.lastAuditSeal() } == seal)
    }

    @Test func `what stands against an address`() async throws {
        let address = try EmailAddress("nobody@example.org")
        let stored = try await book.write { transaction in
            let file = try transaction.suppressionKey(of: address)
            try transaction.suppress(key: file, .support, .bounce, at: at(1))
            try transaction.suppress(key: file, .all, .bounce, at: at(2))
            try transaction.suppress(key: file, .support, .optOut, at: at(3))
            return try transaction.suppressions(of: address)
        }
        #expect(stored.map(\.reason) == [.bounce, .optOut])
        #expect(stored.map(\.scope) == [.all, .support])
        #expect(stored.map(\.createdAt) == [at(1), at(3)])
    }
}
