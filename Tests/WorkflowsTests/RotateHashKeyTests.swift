import Mail
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@Suite struct RotateHashKeyTests {
    @Test func `known people are found, and nobody is filed under the old key`() async throws {
        let keyed = try await KeyedBook.make()
        let before = try await keyed.history()
        let ada = try await keyed.supporter("reader-0@example.org")
        let rotation = try await keyed.rotateHashes()
        #expect(rotation.key == 4 && rotation.changed == 4 && !rotation.wasUnfinished)
        #expect(rotation.json.text == "{\"key\":4,\"rehashed\":4}")
        #expect(try await keyed.supporter("reader-0@example.org") == ada)
        #expect(try await keyed.history() == before)
        let hashes = try await keyed.test.rows(
            "SELECT count(*) FROM supporters WHERE substr(email_hash, 1, 2) <> x'0004'")
        #expect(try hashes[0].integer(0) == 0)
        #expect(try await keyed.faults() == [])
        // A known person is not added again.
        let again = try await RegisterPledge.run(
            .monthly { ($0.person.email, $0.isSecond) = ("Reader-0@example.org", true) },
            in: keyed.context)
        #expect(again.supporterID == ada.id)
    }

    @Test func `a process that knows the old ring alone finds people in its reads`()
        async throws
    {
        let keyed = try await KeyedBook.make()
        let other = try keyed.otherProcess()
        let ada = try await other.supporter("reader-0@example.org")
        _ = try await keyed.rotateHashes()
        #expect(try await other.supporter("reader-0@example.org") == ada)
        let third = try keyed.otherProcess()
        let known = try await AddSupporter.run(
            PersonInput(email: "new@example.org"), in: third.context)
        #expect(try await other.supporter("new@example.org") == known)
    }

    @Test func `a request that was hashed before the rotation is known by its key after it`()
        async throws
    {
        let keyed = try await KeyedBook.make()
        let other = try keyed.otherProcess()
        let asked = RequestConditions(
            key: RequestConditions.Key(text: "k-1", request: RequestDigest("registerPledge")))
        let request = RegisterPledge.Request.monthly { $0.person.email = "late@example.org" }
        let first = try await asked.run(in: other.context) { context in
            _ = try await keyed.rotateHashes()
            return try await RegisterPledge.run(request, in: context)
        }
        let stored = try await keyed.test.rows(
            "SELECT count(*) FROM idempotent_requests WHERE substr(key_hash, 1, 2) = x'0004'")
        #expect(try stored[0].integer(0) == 1)
        let again = try await asked.run(in: keyed.context) { context in
            try await RegisterPledge.run(request, in: context)
        }
        #expect(!first.isRepeat && again.isRepeat)
        #expect(again.shown.json == first.shown.json)
    }

    @Test func `a suppressed address stays suppressed, whoever has it`() async throws {
        let keyed = try await KeyedBook.make()
        for email in ["reader-0@example.org", "nobody@example.org"] {
            try await SuppressAddress.run(email, .all, .complaint, in: keyed.context)
        }
        _ = try await keyed.rotateHashes()
        for email in ["reader-0@example.org", "nobody@example.org"] {
            await expectRefusal(.notPermitted, field: .email) {
                try await keyed.ask(email)
            }
        }
        // It is filed under the person's hash, with the new key.
        let filed = try await keyed.test.rows(
            """
            SELECT count(*) FROM suppressions
            JOIN supporters ON supporters.email_hash = suppressions.email_hash
            """)
        #expect(try filed[0].integer(0) == 1)
        for email in ["reader-0@example.org", "nobody@example.org"] {
            #expect(try await LiftSuppression.run(email, in: keyed.context) == nil)
        }
    }

    @Test func `the twelve months of an address are not forgotten`() async throws {
        let test = try await TestBook()
        let first = try await test.ask(.week)
        test.now = first.dueAt
        _ = try await test.sendReminders()
        try await test.post()
        let keyed = try KeyedBook(test, KeyedBook.store(test))
        _ = try await keyed.rotateHashes()
        let second = try await keyed.ask("reader@example.org", .week)
        test.now = second.dueAt
        let sent = try await SendReminders.run(
            limit: nil, isDryRun: false, in: keyed.context)
        #expect(sent.skippedBecause == [.mailedRecently: 1])
    }

    @Test func `a link from before still opts out, of a person and of nobody`() async throws {
        for isErased in [false, true] {
            let test = try await TestBook()
            let reminder = try await test.ask(.every(months: 1))
            let token = try #require(await test.post().first?.token(of: "confirm"))
            let keyed = try KeyedBook(test, KeyedBook.store(test))
            if isErased {
                _ = try await EraseSupporter.run(
                    reminder.supporterID, by: .staff, in: keyed.context)
            }
            _ = try await keyed.rotateHashes()
            try await FollowLink.run(token, .unsubscribe, in: keyed.context)
            await expectRefusal(.notPermitted, field: .email) {
                try await keyed.ask("reader@example.org", .week)
            }
            try await FollowLink.run(token, .subscribe, in: keyed.context)
            try await keyed.ask("reader@example.org", .week)
        }
    }

    @Test func `an opt-out by the former owner's link holds for who has the address now`()
        async throws
    {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1), email: "shared@example.org")
        let token = try #require(await test.post().first?.token(of: "confirm"))
        _ = try await UpdateSupporter.run(
            reminder.supporterID, .init(email: "own@example.org"), in: test.context())
        _ = try await test.post()
        let keyed = try KeyedBook(test, KeyedBook.store(test))
        let later = try await keyed.ask("shared@example.org", .week)
        _ = try await keyed.rotateHashes()
        try await FollowLink.run(token, .unsubscribe, in: keyed.context)
        test.now = later.dueAt
        _ = try await SendReminders.run(limit: nil, isDryRun: false, in: keyed.context)
        let transport = RecordingTransport { _ in .accepted }
        _ = try await DeliverMail.run(
            through: transport, templates: TemplateLibrary(overridesFolder: nil),
            in: keyed.context)
        let receivers = transport.mails.map { ReceivedMail($0).headers["to"] }
        #expect(!receivers.contains("shared@example.org"))
    }

    @Test func `a request from before is answered as it was`() async throws {
        let keyed = try await KeyedBook.make()
        let request = Registration.monthly {
            $0.person = PersonInput(email: "reader-1@example.org", name: "Reader 1")
            $0.source = "campaign 1"
            $0.idempotencyKey = "key-1"
        }
        let before = try await request.run(in: keyed.context.actingForReader)
        _ = try await keyed.rotateHashes()
        _ = try await keyed.rotate()
        for process in [keyed, try keyed.otherProcess()] {
            let answer = try await request.run(in: process.context.actingForReader)
            #expect(answer.isRepeat && answer.json == before.json)
        }
        await expectRefusal(.conflict, field: .idempotencyKey) {
            var other = request
            other.amount = "6.00"
            return try await other.run(in: keyed.context.actingForReader)
        }
    }

    @Test func `an imported row from before is known`() async throws {
        let test = try await TestBook()
        try await test.importRow([:])
        let keyed = try KeyedBook(test, KeyedBook.store(test))
        _ = try await keyed.rotateHashes()
        // The ring in the test's own book has no file, so it would not learn the new key.
        let again = try await keyed.importRow()
        #expect(again.known == 1 && again.imported == 0)
    }

    @Test func `suppressions still apply to a person who was erased and came back`() async throws {
        let keyed = try await KeyedBook.make()
        let email = "reader-0@example.org"
        try await SuppressAddress.run(email, .all, .complaint, in: keyed.context)
        let person = try await keyed.supporter(email)
        _ = try await EraseSupporter.run(person.id, by: .staff, in: keyed.context)
        _ = try await keyed.rotateHashes()
        await expectRefusal(.notPermitted, field: .email) { try await keyed.ask(email) }
        let back = try await AddSupporter.run(PersonInput(email: email), in: keyed.context)
        let filed = try await keyed.test.rows(
            """
            SELECT supporters.id FROM suppressions
            JOIN supporters ON supporters.email_hash = suppressions.email_hash
            """)
        #expect(try filed.map { try $0.text(0) } == [back.id.text])
        #expect(try await keyed.faults() == [])
    }

    @Test func `a redaction that was proven stays proven`() async throws {
        let test = try await TestBook()
        let subject = try await test.addEvents(3)
        try await test.seal()
        try await test.redact(subject)
        let keyed = try KeyedBook(test, KeyedBook.store(test))
        let other = try keyed.otherProcess()
        _ = try await keyed.rotateHashes()
        for process in [keyed, other] {
            let summary = try await VerifyAudit.run(keptHead: nil, in: process.context) { _ in }
            #expect(summary.findings == 0)
        }
        #expect((try await keyed.uses(of: 2) ?? 0) > 0)
    }

    // MARK: Cut off, dropped

    @Test(arguments: 1...4)
    func `killed before any of its writes, it is gone on with`(write: Int) async throws {
        let keyed = try await KeyedBook.make(people: 250)
        try await SuppressAddress.run(
            "reader-0@example.org", .all, .complaint, in: keyed.context)
        let driver = HookedDriver(keyed.test.database) { if $0 == write { throw Killed() } }
        do {
            _ = try await keyed.otherProcess(through: driver).rotateHashes()
        } catch is Killed {
            _ = try await keyed.supporter("reader-0@example.org")
            _ = try await keyed.supporter("reader-249@example.org")
            await expectRefusal(.notPermitted, field: .email) {
                try await keyed.ask("reader-0@example.org")
            }
        }
        let rotation = try await keyed.rotateHashes(onlyResumes: true)
        #expect(rotation.key == 4)
        #expect(rotation.wasUnfinished == (driver.count >= write))
        #expect(try await keyed.keys().count == 4)
        _ = try await keyed.supporter("reader-249@example.org")
        #expect(try await keyed.faults() == [])
    }
}

extension KeyedBook {
    /// A reader asks for a reminder on the page.
    @discardableResult
    fileprivate func ask(
        _ email: String, _ choice: ReminderChoice = .months(6)
    ) async throws -> Reminder {
        try await ScheduleReminder.run(
            .init(
                person: PersonInput(email: email), choice: choice, door: "page",
                wording: "2026-11"),
            in: context)
    }

    /// Imports the row of `TestBook.importRow` with the keys of this process.
    fileprivate func importRow() async throws -> ImportBook.Summary {
        var bytes = Array(
            """
            email,amount,currency,interval,started_on,next_charge_on,state,method_token
            reader@example.org,5.00,USD,month,2026-01-15,2026-12-15,active,tok_1
            """.utf8)
        return try await ImportBook.run(
            .init(
                isDryRun: false, ignoresUnknownColumns: false,
                fileDigest: String(repeating: "ab", count: 32)),
            in: context,
            reading: {
                defer { bytes = [] }
                return bytes
            }, reporting: { _ in })
    }
}
