import OpenSSL
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct MigrateBookTests {
    /// The book as it was before its last migration.
    private func agedBook() async throws -> TestBook {
        try await TestBook(schema: Migration.newest - 1)
    }

    private func migrate(_ test: TestBook, isDryRun: Bool = false) async throws -> [Int] {
        try await MigrateBook.run(on: test.book, isDryRun: isDryRun, at: test.now).map(\.version)
    }

    private func version(of test: TestBook) async throws -> Int {
        try await test.book.read { try $0.schemaVersion() }
    }

    @Test func `a new book has all migrations and nothing to be done`() async throws {
        let test = try await TestBook()
        #expect(try await version(of: test) == Migration.newest)
        #expect(try await migrate(test).isEmpty)
        try await MigrateBook.checkCurrent(test.book)
    }

    @Test func `what is pending is listed without being done, then done`() async throws {
        let test = try await agedBook()
        let message = await expectRefusal(.conflict) {
            try await MigrateBook.checkCurrent(test.book)
        }
        #expect(message.contains("mainstay migrate"))
        #expect(try await migrate(test, isDryRun: true) == [Migration.newest])
        #expect(try await version(of: test) == Migration.newest - 1)
        #expect(try await migrate(test) == [Migration.newest])
        #expect(try await migrate(test).isEmpty)
        try await MigrateBook.checkCurrent(test.book)
        try await test.register { $0.idempotencyKey = "k" }
        #expect(try await test.faults() == [])
    }

    @Test func `a migration that fails leaves the book as it was`() async throws {
        let test = try await TestBook(schema: 18)
        try await test.plant()
        // The next migration deletes this row, and then finds that its table is there already.
        try test.tamper(
            """
            INSERT INTO mail_messages
                (id, kind, subject_id, period, state, attempts, next_attempt_at, created_at)
            VALUES ('msg_00000000000000000000000001', 'endpointDisabled',
                'whe_00000000000000000000000001', '1', 'queued', 0, 0, 0)
            """)
        try test.tamper("CREATE TABLE attentions (id TEXT)")
        let before = try await test.storedRows(of: "mail_messages")
        await #expect(throws: DriverError.self) { try await migrate(test) }
        #expect(try await version(of: test) == 18)
        #expect(try await test.storedRows(of: "mail_messages") == before)
        try test.tamper("DROP TABLE attentions")
        #expect(try await migrate(test) == Array(19...Migration.newest))
        #expect(try await test.storedRows(of: "mail_messages").count == before.count - 1)
        try await MigrateBook.checkCurrent(test.book)
    }

    @Test func `stored answers are the same after a migration`() async throws {
        let test = try await TestBook(schema: 16)
        var answers: [String] = []
        for key in ["a", "b", "c"] {
            let answer = try await test.register {
                ($0.idempotencyKey, $0.person.email) = (key, "\(key)@example.org")
            }
            answers.append(answer.json)
        }
        let rows = try await test.storedRows(of: "idempotent_requests")
        #expect(try await migrate(test) == Array(17...Migration.newest))
        #expect(try await test.storedRows(of: "idempotent_requests") == rows && rows.count == 3)
        for (key, answer) in zip(["a", "b", "c"], answers) {
            let again = try await test.register {
                ($0.idempotencyKey, $0.person.email) = (key, "\(key)@example.org")
            }
            #expect(again.isRepeat && again.json == answer)
        }
        #expect(try await test.faults() == [])
    }

    @Test func `an older book keeps everything, and goes on as if it were new`() async throws {
        let test = try await TestBook(schema: 7)
        for (index, state) in PledgeState.allCases.enumerated() {
            try await test.plant {
                ($0.email, $0.state) = ("\(index)@example.org", state)
                if state == .paused { $0.pausedUntil = "2027-01-15" }
            }
        }
        let (series, mail) = try await plantSeries(in: test)
        let before = try await everything(test)
        let columns = try await test.columns(of: "pledges")
        let pledges = try await test.storedRows(of: "pledges")

        #expect(try await migrate(test) == Array(8...Migration.newest))
        #expect(try await everything(test) == before)
        #expect(try await test.storedRows(of: "pledges", columns: columns) == pledges)
        #expect(try await test.pledges().count == pledges.count)
        #expect(try await test.faults() == [])
        // The mail that waited goes out; its link works, and so does all that is new.
        let token = try #require(try await test.post().first?.token(of: "confirm"))
        #expect(token == (try test.book.keys.linkToken(mail)))
        try await test.follow(token, .confirm)
        #expect(try await test.reminder(series.id).confirmedAt == test.now)
        let once = try await test.ask(.week, email: "friend@example.org")
        test.now = once.dueAt
        _ = try await test.sendReminders()
        #expect(try await test.post().count == 1)
        #expect(try await test.faults() == [])
    }

    /// A series that waits for its confirmation, and the mail that asks for it.
    private func plantSeries(in test: TestBook) async throws -> (Reminder, ID<QueuedMail>) {
        let ids = IDSource(random: RandomSource())
        let now = test.now
        let person = try await test.plant {
            ($0.email, $0.hasPledge, $0.hasMethod) = ("series@example.org", false, false)
        }.supporter
        let id: ID<Reminder> = try ids.next(at: now)
        let first = try #require(CivilDate("2026-12-22"))
        let series = Reminder(
            id: id, supporterID: person.id, kind: .support, subjectID: id.text, period: "1",
            dueOn: first, dueAt: now.adding(days: 30),
            series: .init(everyMonths: 3, firstOn: first),
            consent: .init(at: now, door: "page", wording: "1"), createdAt: now)
        let mail = QueuedMail(
            id: try ids.next(at: now), supporterID: person.id,
            contents: .confirmReminder(remindOn: first, everyMonths: 3), subjectID: id.text,
            period: "1", reminderID: id, createdAt: now)
        let event = Event(
            id: try ids.next(at: now), type: .reminderScheduled, subjectID: id.text, sequence: 1,
            at: now, actor: .job("planting"), data: series.eventData())
        try await test.book.writeSchema { transaction in
            try transaction.insert(series)
            try transaction.enqueue([mail])
            try transaction.append([event], isFannedOut: false)
        }
        return (series, mail.id)
    }

    private func everything(_ test: TestBook) async throws -> [String] {
        let entities: [any Sendable] =
            try await test.supporters() + test.methods() + test.reminders() + test.mails()
        return entities.map { "\($0)" }
    }

    @Test func `the book of a newer program is left alone`() async throws {
        let test = try await TestBook()
        try test.tamper("INSERT INTO schema_versions VALUES (99, 'later', 0)")
        let migrating = await expectRefusal(.conflict) { try await migrate(test) }
        #expect(migrating.contains("newer"))
        let checking = await expectRefusal(.conflict) {
            try await MigrateBook.checkCurrent(test.book)
        }
        #expect(checking == migrating)
    }

    @Test func `a key ring of another book is not taken`() async throws {
        let test = try await TestBook()
        let random = RandomSource()
        let ids = IDSource(random: random)
        let strange = try KeyRingFile.makeKeys(
            bookID: ids.next(at: test.now), at: test.now, random: random)
        let forged = try KeyRingFile.makeKeys(
            bookID: test.book.keys.bookID, at: test.now, random: random)
        for keys in [strange, forged] {
            await expectRefusal(.notPermitted) {
                try await MigrateBook.checkCurrent(
                    Book(driver: test.database, keys: keys, journal: test.book.journal))
            }
        }
    }
}
