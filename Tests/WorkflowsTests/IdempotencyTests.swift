import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// RegisterPledge with an idempotency key.
@Suite struct IdempotencyTests {
    @Test func `the same key gives the same answer, byte for byte`() async throws {
        let test = try await TestBook()
        let first = try await test.register { $0.idempotencyKey = "k" }
        test.now = test.now.adding(days: 3)
        let second = try await test.register { $0.idempotencyKey = "k" }
        #expect(!first.isRepeat && second.isRepeat)
        #expect(Array(second.json.utf8) == Array(first.json.utf8))
        #expect(try await test.pledges().count == 1)
        #expect(try await test.events().count == 3)
    }

    @Test func `the answer stays the same after the pledge changed`() async throws {
        let test = try await TestBook()
        let first = try await test.register { $0.idempotencyKey = "k" }
        let context = try test.context()
        _ = try await ChangePledge.run(first.pledge.id, .init(amount: "3.00"), in: context)
        _ = try await CancelPledge.run(
            first.pledge.id, Cancellation(reason: .mistake, by: .supporter), in: context)
        let second = try await test.register { $0.idempotencyKey = "k" }
        #expect(Array(second.json.utf8) == Array(first.json.utf8))
        #expect(second.json.contains("\"state\":\"pending\""))
        #expect(second.pledge.state == .cancelled)
    }

    private static let changes: [@Sendable (inout Registration) -> Void] = [
        { $0.amount = "6.00" }, { $0.amount = "5" }, { $0.currency = "EUR" },
        { $0.interval = .once }, { $0.person.email = "other@example.org" },
        { $0.person.name = "N" }, { $0.person.locale = "de" }, { $0.person.country = "DE" },
        { $0.person.timeZone = "Europe/Berlin" }, { $0.method = nil },
        { $0.method?.token = "tok_2" }, { $0.method?.last4 = "4242" },
        { $0.method?.brand = "visa" }, { $0.method?.customer = "cus_1" },
        { $0.method?.expires = "2029-04" }, { $0.method?.processor = "other" },
        { $0.startsOn = CivilDate("2026-12-01") }, { $0.source = "autumn" },
        { $0.isSecond = true },
    ]

    @Test(arguments: changes.indices)
    func `the same key with other content is refused`(index: Int) async throws {
        let test = try await TestBook()
        try await test.register { $0.idempotencyKey = "k" }
        await expectRefusal(.conflict, field: .idempotencyKey) {
            try await test.register {
                $0.idempotencyKey = "k"
                Self.changes[index](&$0)
            }
        }
        #expect(try await test.pledges().count == 1)
        #expect(try await test.supporters().count == 1)
    }

    @Test func `another key is another request`() async throws {
        let test = try await TestBook()
        try await test.register { $0.idempotencyKey = "k" }
        await expectRefusal(.conflict) { try await test.register { $0.idempotencyKey = "K" } }
        try await test.register { ($0.idempotencyKey, $0.isSecond) = ("K", true) }
        #expect(try await test.pledges().count == 2)
    }

    @Test func `a key whose request was refused may be used again`() async throws {
        let test = try await TestBook()
        try await test.register()
        await expectRefusal(.conflict) { try await test.register { $0.idempotencyKey = "k" } }
        test.now = test.now.adding(days: 2)
        let later = try await test.register { $0.idempotencyKey = "k" }
        #expect(!later.isRepeat)
    }

    @Test func `fifty requests at once with one key make one pledge`() async throws {
        let test = try await TestBook()
        let context = try test.context(actor: .reader)
        let request = Registration.monthly { $0.idempotencyKey = "k" }
        let answers = try await withThrowingTaskGroup(of: Registered.self) { group in
            for _ in 0..<50 { group.addTask { try await request.run(in: context) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.count == 50)
        #expect(Set(answers.map(\.json)).count == 1)
        #expect(answers.filter { !$0.isRepeat }.count == 1)
        #expect(try await test.pledges().count == 1)
        #expect(try await test.methods().count == 1)
        #expect(try await test.faults() == [])
    }

    @Test(arguments: ["", String(repeating: "k", count: 256)])
    func `a key of no or too many bytes is refused`(key: String) async throws {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: .idempotencyKey) {
            try await test.register { $0.idempotencyKey = key }
        }
    }

    @Test func `neither the key nor the answer can be read in the file`() async throws {
        let test = try await TestBook()
        try await test.register {
            ($0.idempotencyKey, $0.source) = ("key-in-plain-sight", "source-in-plain-sight")
        }
        #expect(try test.fileHolds("pledge.registered"))
        #expect(try test.fileHolds("in-plain-sight") == false)
    }

    @Test func `a write that the database ran twice is remembered by its last run`() async throws {
        let test = try await TestBook()
        let context = try test.context(through: TwiceDriver(test.database))
        let asked = RequestConditions(key: .init(text: "k-1", request: RequestDigest("add")))
        for isRepeat in [false, true] {
            let answer = try await asked.run(in: context) { context in
                try await AddSupporter.run(PersonInput(email: "a@example.org"), in: context)
            }
            #expect(answer.isRepeat == isRepeat)
        }
        #expect(try await test.supporters().count == 1)
    }

    // MARK: Keys of an older program

    /// Stores a key as the command line did until schema 18, under every hash key that there is.
    private func keepOld(_ key: String, in test: TestBook) async throws {
        try await test.book.write { transaction in
            let hash = try transaction.keys.hash(.idempotencyKey, texts: ["pledge", key])
            let request = try transaction.keys.hash(.request, texts: ["an older form"])
            try transaction.remember(
                "{}", about: nil, toKey: hash, requestHash: request, at: test.now)
        }
    }

    @Test func `a key that an older command line answered is refused, and registers nobody`()
        async throws
    {
        let test = try await TestBook()
        try await keepOld("k", in: test)
        for _ in 0..<2 {
            let message = await expectRefusal(.conflict, field: .idempotencyKey) {
                try await test.register(actor: .cli(user: "anna")) { $0.idempotencyKey = "k" }
            }
            #expect(message.contains("older version"))
        }
        #expect(try await test.supporters().isEmpty)
        #expect(try await test.pledges().isEmpty)
        // Another key of the same person works.
        let other = try await test.register(actor: .cli(user: "anna")) {
            $0.idempotencyKey = "k2"
        }
        #expect(!other.isRepeat)
    }

    @Test func `an old key is known after the hash keys were rotated`() async throws {
        let test = try await TestBook()
        let keyed = try KeyedBook(test, KeyedBook.store(test))
        try await keepOld("k", in: test)
        _ = try await keyed.rotateHashes()
        await expectRefusal(.conflict, field: .idempotencyKey) {
            try await Registration.monthly { $0.idempotencyKey = "k" }.run(in: keyed.context)
        }
        #expect(try await test.supporters().isEmpty)
    }

    /// Keys of these actors were never stored in the old form.
    @Test(arguments: [Actor.token("tok_1"), .reader])
    func `the same text under another door's scope is another key`(actor: Actor) async throws {
        let test = try await TestBook()
        try await keepOld("k", in: test)
        let registered = try await test.register(actor: actor) { $0.idempotencyKey = "k" }
        #expect(!registered.isRepeat)
        #expect(try await test.supporters().count == 1)
    }
}
