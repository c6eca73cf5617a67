import Pledging
import Store
import TestSupport
import Testing

@testable import Workflows

/// What needs a person is found, told once, and resolved when its cause is gone.
@Suite struct CheckAttentionTests {
    private func context(_ test: TestBook, hasOperator: Bool = true) throws -> Context {
        var settings = try test.context().settings
        settings.mailOperator = hasOperator ? try EmailAddress("operator@example.org") : nil
        return try test.context(settings: settings)
    }

    private func raise(
        _ kind: Attention.Kind, _ subject: String, _ detail: String? = nil, _ test: TestBook
    ) async throws {
        try await test.context().change { try $0.attention.raise(kind, subject, detail) }
    }

    @Test func `a cause that is seen again is one attention that counts`() async throws {
        let test = try await TestBook()
        try await raise(.keyRefused, "stripe", "401", test)
        let first = test.now
        test.now = first.adding(hours: 1)
        try await raise(.keyRefused, "stripe", nil, test)
        try await raise(.keyRefused, "other", nil, test)
        let open = try await test.openAttention()
        #expect(open.map(\.subject) == ["stripe", "other"])
        #expect(open.map(\.timesSeen) == [2, 1])
        #expect(open[0].detail == "401")
        #expect(open[0].firstSeenAt == first && open[0].lastSeenAt == test.now)
        #expect(try await test.history(of: open[0].id.text) == ["attention.raised"])
        #expect(try await test.faults() == [])
    }

    @Test func `what is found by looking is resolved by its cause alone`() async throws {
        let test = try await TestBook()
        try await test.context().change { change in
            var standing = JobStanding(job: .billing, nextRunAt: change.now)
            standing.outcome = .failed
            standing.failure = "no"
            standing.failuresInRow = 7
            try plant(standing, change)
        }
        #expect(try await CheckAttention.run(in: context(test)).open == 1)
        let open = try #require(try await test.openAttention().first)
        #expect(open.kind == .jobFailing && open.subject == "billing" && open.detail == "no")
        await #expect(throws: Problem.self) {
            try await ResolveAttention.run(open.id, in: test.context())
        }
        try await test.context().change { change in
            var standing = JobStanding(job: .billing, nextRunAt: change.now)
            standing.failuresInRow = 0
            try plant(standing, change)
        }
        let summary = try await CheckAttention.run(in: context(test))
        #expect(summary.open == 0 && summary.resolved == 1)
        #expect(try await test.attentions().first?.resolution?.by == "job:attention")
        #expect(try await test.faults() == [])
    }

    private func plant(_ standing: JobStanding, _ change: Change) throws {
        let run: ID<JobRun> = try change.id()
        try change.store.begin(standing.job, run: run, until: change.now, at: change.now)
        try change.store.end(standing, run: run)
    }

    @Test(arguments: [(0, false), (1, false), (6, false), (7, true), (40, true)])
    func `a job has failed for an hour when its waits add up to that`(
        failures: Int, expected: Bool
    ) {
        let standing = JobStanding(
            job: .mail, nextRunAt: Instant(milliseconds: 0), failuresInRow: failures)
        #expect(standing.hasFailedForAnHour == expected)
    }

    @Test func `the operator gets one mail an hour, with all that is open`() async throws {
        let test = try await TestBook()
        let context = try context(test)
        try await raise(.keyRefused, "stripe", nil, test)
        #expect(try await CheckAttention.run(in: context).told == 1)
        // Known already; and what comes within the hour waits for its end.
        let again = try await CheckAttention.run(in: context)
        #expect(again.told == 0 && again.open == 1)
        test.now = test.now.adding(seconds: 3_599)
        try await raise(.mailRefused, "outbox", nil, test)
        #expect(try await CheckAttention.run(in: self.context(test)).told == 0)
        test.now = test.now.adding(seconds: 1)
        #expect(try await CheckAttention.run(in: self.context(test)).told == 2)
        let mails = try await test.post(settings: context.settings)
        #expect(mails.count == 2)
        for mail in mails {
            #expect(mail.headers["to"] == "operator@example.org")
            #expect(mail.body.contains("stripe"))
        }
    }

    @Test func `the mail says what is open when it leaves, and is dropped when nothing is`()
        async throws
    {
        let test = try await TestBook()
        let context = try context(test)
        try await raise(.keyRefused, "stripe", nil, test)
        _ = try await CheckAttention.run(in: context)
        try await test.context().change { try $0.attention.resolve(.keyRefused, "stripe") }
        #expect(try await test.post(settings: context.settings).isEmpty)
        test.now = test.now.adding(hours: 2)
        try await raise(.keyRefused, "one", nil, test)
        _ = try await CheckAttention.run(in: self.context(test))
        try await raise(.keyRefused, "two", nil, test)
        let mails = try await test.post(settings: context.settings)
        #expect(mails.count == 1)
        #expect(try #require(mails.first).body.contains("two"))
    }

    @Test func `without an operator's address nobody is told, and it stays open`() async throws {
        let test = try await TestBook()
        try await raise(.keyRefused, "stripe", nil, test)
        let summary = try await CheckAttention.run(in: context(test, hasOperator: false))
        #expect(summary.open == 1 && summary.told == 0)
        #expect(try await test.post().isEmpty)
        // Once there is one, it is told.
        #expect(try await CheckAttention.run(in: context(test)).told == 1)
    }

    @Test func `a look that finds nothing writes nothing`() async throws {
        let test = try await TestBook()
        #expect(try await CheckAttention.run(in: context(test)) == CheckAttention.Summary())
    }
}
