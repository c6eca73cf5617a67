import Foundation
import Mail
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing
import Workflows

/// What an erasure leaves in the files of the book, searched byte by byte.
@Suite struct ErasureTraceTests {
    /// Readers in many states, so that pages of every table split and merge; every third is erased.
    private func crowd(_ count: Int) async throws -> (test: TestBook, erased: [String]) {
        let test = try await TestBook()
        var erased: [String] = []
        for number in 0..<count {
            let email = "reader-\(number)@example.org"
            let pledge = try await test.register {
                $0.person = PersonInput(email: email, name: "Reader \(number)", country: "DE")
                $0.source = "campaign \(number)"
                $0.idempotencyKey = "key-\(number)"
            }.pledge
            if number.isMultiple(of: 2) { try await test.ask(.week, email: email) }
            if number.isMultiple(of: 5) { try await test.ask(.every(months: 1), email: email) }
            if number.isMultiple(of: 7) {
                try await SuppressAddress.run(email, .support, .staff, in: test.context())
            }
            if number.isMultiple(of: 3) { erased.append(pledge.supporterID.text) }
        }
        _ = try await test.deliver(
            through: OutboxTransport(folder: try test.standardSettings().outboxFolder ?? ""))
        return (test, erased)
    }

    /// Everything sealed or hashed about these people, by table and column.
    private func secrets(of ids: [String], in test: TestBook) async throws -> [String: Data] {
        let statements = [
            "supporters.email_hash": "SELECT email_hash FROM supporters WHERE id = $1",
            "supporters": "SELECT sealed FROM supporters WHERE id = $1",
            "payment_methods": "SELECT sealed FROM payment_methods WHERE supporter_id = $1",
            "pledges": "SELECT sealed FROM pledges WHERE supporter_id = $1",
            "mail_messages": "SELECT sealed FROM mail_messages WHERE supporter_id = $1",
            "answers": "SELECT answer FROM idempotent_requests WHERE supporter_id = $1",
            "requests": "SELECT request_hash FROM idempotent_requests WHERE supporter_id = $1",
            "links": "SELECT email_hash FROM mail_links WHERE supporter_id = $1",
            "suppressions": """
            SELECT suppressions.email_hash FROM suppressions
            JOIN supporters ON supporters.email_hash = suppressions.email_hash
            WHERE supporters.id = $1
            """,
        ]
        var found: [String: Data] = [:]
        for (name, sql) in statements {
            for id in ids {
                let rows = try await test.rows(sql, .text(id))
                for (index, row) in rows.enumerated() {
                    if let bytes = try row.blobOrNil(0) {
                        found["\(name) of \(id) (\(index))"] = Data(bytes)
                    }
                }
            }
        }
        return found
    }

    private func traces(_ secrets: [String: Data], in test: TestBook) throws -> [String] {
        let files = ["", "-wal", "-shm"].map { test.path + $0 }
            .filter { FileManager.default.fileExists(atPath: $0) }
        let bytes = try files.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        return secrets.filter { secret in
            // A link's hash is masked: the row stays, so that the link still works.
            !secret.key.hasPrefix("links") && bytes.contains { $0.range(of: secret.value) != nil }
        }.keys.sorted()
    }

    @Test func `nothing sealed or hashed of the erased stands in any file of the book`()
        async throws
    {
        let (test, erased) = try await crowd(150)
        let secrets = try await secrets(of: erased, in: test)
        #expect(try traces(secrets, in: test).count > 200)
        for id in erased {
            let answer = try await EraseSupporter.run(
                ID(parsing: id), by: .supporter, in: test.context())
            #expect(answer.isPurged)
        }
        let left = try traces(secrets, in: test)
        #expect(left == [], "\(left)")
        try await expectSound(test)
    }

    @Test func `a copy for a backup contains nothing of the erased`() async throws {
        let (test, erased) = try await crowd(40)
        let secrets = try await secrets(of: erased, in: test)
        for id in erased {
            _ = try await EraseSupporter.run(ID(parsing: id), by: .staff, in: test.context())
        }
        let copy = test.folder.file("copy.db")
        try await test.database.copy(to: copy) { _, _ in }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: copy))
        #expect(
            !secrets.contains { name, secret in
                !name.hasPrefix("links") && bytes.range(of: secret) != nil
            })
    }

    @Test func `their mails are gone from the outbox, and others' are not`() async throws {
        let (test, erased) = try await crowd(20)
        let folder = try test.standardSettings().outboxFolder ?? ""
        func mailed() throws -> [Int] {
            let texts = try FileManager.default.contentsOfDirectory(atPath: folder).map {
                try String(contentsOfFile: folder + "/" + $0, encoding: .utf8)
            }
            return (0..<20).filter { number in
                texts.contains { $0.contains("reader-\(number)@example.org") }
            }
        }
        #expect(try mailed() == [5, 10, 15])
        for id in erased {
            _ = try await EraseSupporter.run(ID(parsing: id), by: .staff, in: test.context())
        }
        #expect(try mailed() == [5, 10])
    }

    @Test func `a link's row shows no hash of the address, and the link still opts out`()
        async throws
    {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        let token = try #require(await test.post().first?.token(of: "confirm"))
        let hash = try test.book.keys.emailHash(EmailAddress("reader@example.org"))
        let stored = try #require(
            await test.rows("SELECT email_hash FROM mail_links").first?.blob(0))
        #expect(Data(stored).range(of: Data(hash.dropFirst(2))) == nil)
        _ = try await EraseSupporter.run(reminder.supporterID, by: .staff, in: test.context())
        try await test.follow(token, .unsubscribe)
        await expectRefusal(.notPermitted, field: .email) { try await test.ask(.week) }
        try await test.follow(token, .subscribe)
        try await test.ask(.week)
    }

    @Test func `a suppression applies again when the address comes back`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        try await SuppressAddress.run("reader@example.org", .all, .complaint, in: test.context())
        _ = try await EraseSupporter.run(reminder.supporterID, by: .staff, in: test.context())
        await expectRefusal(.notPermitted, field: .email) { try await test.ask(.week) }
        // The address is registered anew: the complaint applies to the new person.
        let pledge = try await test.register().pledge
        let hash = try await test.rows(
            "SELECT email_hash FROM supporters WHERE id = $1", .text(pledge.supporterID.text))
        let filed = try await test.rows("SELECT email_hash FROM suppressions")
        #expect(try filed.map { try $0.blob(0) } == hash.map { try $0.blob(0) })
    }

    @Test func `the yearly cap outlives the person`() async throws {
        let test = try await TestBook()
        let first = try await test.ask(.week)
        test.now = first.dueAt
        _ = try await test.sendReminders()
        try await test.post()
        _ = try await EraseSupporter.run(first.supporterID, by: .staff, in: test.context())
        let second = try await test.ask(.week)
        test.now = second.dueAt
        #expect(try await test.sendReminders().skippedBecause == [.mailedRecently: 1])
    }

    @Test func `a retried key after the erasure registers nobody`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register { $0.idempotencyKey = "once" }.pledge
        _ = try await EraseSupporter.run(pledge.supporterID, by: .supporter, in: test.context())
        await expectRefusal(.conflict, field: .idempotencyKey) {
            try await test.register { $0.idempotencyKey = "once" }
        }
        #expect(try await test.supporters().count == 1)
        try await expectSound(test)
    }

    @Test func `a reader of an older state keeps the log, and the erasure says so`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        let other = try SQLiteDatabase(opening: test.path)
        let (begun, hasBegun) = AsyncStream.makeStream(of: Void.self)
        let end = DispatchSemaphore(value: 0)
        let reading = Task {
            try await other.transaction(.read) { connection in
                _ = try connection.run("SELECT id FROM supporters")
                hasBegun.yield()
                end.wait()
            }
        }
        for await _ in begun { break }
        let answer = try await EraseSupporter.run(
            pledge.supporterID, by: .staff, in: test.context())
        #expect(!answer.isPurged)
        end.signal()
        try await reading.value
        #expect(try await test.database.purgeLog())
    }
}
