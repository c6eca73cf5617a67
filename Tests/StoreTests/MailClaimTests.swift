import OpenSSL
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing

@Suite struct MailClaimTests {
    private let test: TestBook
    private let planted: Planted

    init() async throws {
        test = try await TestBook()
        planted = try await test.plant { $0.hasPledge = false }
    }

    @Test func `two workers never claim the same mail, and together claim all`() async throws {
        try await enqueue(300)
        // As two processes: each with a connection of its own.
        let other = Book(
            driver: try SQLiteDatabase(opening: test.path), keys: test.book.keys,
            journal: test.book.journal)
        let claimed = try await withThrowingTaskGroup(of: [String].self) { group in
            for book in [test.book, other, test.book, other] {
                group.addTask {
                    var own: [String] = []
                    while true {
                        let batch = try await claim(7, in: book)
                        if batch.isEmpty { return own }
                        own += batch
                    }
                }
            }
            return try await group.reduce(into: [String]()) { $0 += $1 }
        }
        #expect(claimed.count == 300)
        #expect(Set(claimed).count == 300)
    }

    @Test func `a lease that ran out is claimed again, and not before`() async throws {
        try await enqueue(1)
        let first = try await claim(10, in: test.book)
        #expect(first.count == 1)
        #expect(try await claim(10, in: test.book, at: lease.adding(milliseconds: -1)).isEmpty)
        #expect(try await claim(10, in: test.book, at: lease) == first)
    }

    @Test func `a sent mail never fails afterwards`() async throws {
        let id = try #require(try await enqueue(1).first)
        let results = try await test.book.write { transaction in
            [
                try transaction.markMailSent(id, at: .noon),
                try transaction.markMailSent(id, at: .noon),
                try transaction.markMailFailed(id, reason: "late"),
            ]
        }
        #expect(results == [true, false, false])
        #expect(try await test.mails() == ["methodExpiring sent"])
        #expect(try await claim(10, in: test.book, at: lease).isEmpty)
    }

    @Test func `a mail that is put back waits for its time and counts its attempts`() async throws {
        let id = try #require(try await enqueue(1).first)
        let later = Instant.noon.adding(hours: 1)
        let attempts = try await test.book.write { transaction in
            try transaction.requeueMail(id, reason: "greylisted", next: later, attempted: true)
            let early = try transaction.claimMails(at: .noon, leasedUntil: later, limit: 1)
            let due = try transaction.claimMails(
                at: later, leasedUntil: later.adding(hours: 1), limit: 1)
            return early.map(\.attempts) + due.map(\.attempts)
        }
        #expect(attempts == [1])
    }

    @Test func `a mail that is owed twice is one row, under the first id`() async throws {
        let ids = IDSource(random: RandomSource())
        let twins = try (0..<2).map { _ in try mail(ids.next(at: .noon), period: "1") }
        let inserted = try await test.book.write { transaction in
            [try transaction.enqueue(twins), try transaction.enqueue(twins)]
        }
        #expect(inserted == [[twins[0].id], []])
    }

    @Test(arguments: MailSample.all) func `what a mail says comes back as it was`(
        sample: MailSample
    ) async throws {
        let mail = QueuedMail(
            id: try IDSource(random: RandomSource()).next(at: .noon),
            supporterID: planted.supporter.id, contents: sample.contents,
            subjectID: planted.supporter.id.text, period: "1", reminderID: nil, createdAt: .noon)
        let claimed = try await test.book.write { transaction in
            try transaction.enqueue([mail])
            return try transaction.claimMails(at: .noon, leasedUntil: lease, limit: 1)
        }
        #expect(claimed.map(\.mail) == [mail])
        #expect(claimed.first?.contact == planted.supporter.contact)
    }

    private let lease = Instant.noon.adding(seconds: 900)

    @discardableResult
    private func enqueue(_ count: Int) async throws -> [ID<QueuedMail>] {
        let ids = IDSource(random: RandomSource())
        let mails = try (0..<count).map { try mail(ids.next(at: .noon), period: "\($0)") }
        try await test.book.write { _ = try $0.enqueue(mails) }
        return mails.map(\.id)
    }

    private func mail(_ id: ID<QueuedMail>, period: String) -> QueuedMail {
        QueuedMail(
            id: id, supporterID: planted.supporter.id, contents: .methodExpiring(month: nil),
            subjectID: planted.supporter.id.text, period: period, reminderID: nil,
            createdAt: .noon)
    }

    private func claim(
        _ limit: Int, in book: Book, at now: Instant = .noon
    ) async throws -> [String] {
        let until = now.adding(seconds: 900)
        return try await book.write { transaction in
            try transaction.claimMails(at: now, leasedUntil: until, limit: limit)
                .map(\.mail.id.text)
        }
    }
}
