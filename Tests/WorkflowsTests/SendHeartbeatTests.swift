import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite struct SendHeartbeatTests {
    private func settings(_ url: String? = "https://switch.example/secret") throws -> Settings {
        var settings = try Settings()
        settings.heartbeatURL = url
        return settings
    }

    /// Every job has a good run at this moment.
    private func runAll(_ test: TestBook, but left: Job? = nil) async throws {
        let context = try test.context()
        for job in Job.allCases where job != left {
            try await RunJobs.record(job, since: test.now, .success(nil), in: context)
        }
    }

    private func beat(
        _ test: TestBook, _ settings: Settings, answering failure: String? = nil
    ) async throws -> (answered: Bool?, asked: [String]) {
        let asked = Mutex<[String]>([])
        let answered = try await SendHeartbeat.run(
            through: { url in
                asked.withLock { $0.append(url) }
                return failure
            }, in: test.context(settings: settings))
        return (answered, asked.withLock { $0 })
    }

    @Test func `it is sent after a good round, and only then`() async throws {
        let test = try await TestBook()
        #expect(try await beat(test, settings()).asked == [])
        try await runAll(test)
        let good = try await beat(test, settings())
        #expect(good.answered == true && good.asked == ["https://switch.example/secret"])
        #expect(try await beat(test, settings(nil)).answered == nil)
        // A quarter of an hour beyond billing's own five minutes.
        test.now = test.now.adding(seconds: 1_200)
        try await runAll(test, but: .billing)
        #expect(try await beat(test, settings()).answered == true)
        test.now = test.now.adding(seconds: 1)
        let late = try await beat(test, settings())
        #expect(late.answered == false && late.asked.isEmpty)
    }

    @Test func `a job that fails is not a good round, however often it runs`() async throws {
        let test = try await TestBook()
        try await runAll(test)
        test.now = test.now.adding(seconds: 1_201)
        try await runAll(test, but: .mail)
        let failure = Problem(.unavailable, "no mail leaves")
        try await RunJobs.record(.mail, since: test.now, .failure(failure), in: test.context())
        #expect(try await beat(test, settings()).asked == [])
    }

    @Test func `an answer that does not come is no error of the job`() async throws {
        let test = try await TestBook()
        try await runAll(test)
        #expect(try await beat(test, settings(), answering: "no answer").answered == false)
    }

    @Test func `a held copy sends none`() async throws {
        let test = try await TestBook()
        try await runAll(test)
        try await test.book.write { try $0.markRestored() }
        #expect(try await beat(test, settings()).answered == nil)
    }
}

/// Runs that a person or a timer began.
@Suite struct RunByHandTests {
    private struct Broken: Error {}

    private func standing(_ test: TestBook, _ job: Job) async throws -> JobStanding? {
        try await test.book.read { try $0.jobs().first { $0.job == job } }
    }

    @Test func `a run by hand is recorded like one of the loop`() async throws {
        let test = try await TestBook()
        let done = try await RunJobs.once(.mail, in: test.context()) {
            test.now = test.now.adding(seconds: 2)
            return Int64(3)
        } json: {
            ["sent": .integer($0)]
        }
        #expect(done == 3)
        let found = try #require(try await standing(test, .mail))
        #expect(found.outcome == .done && found.summary == #"{"sent":3}"#)
        #expect(found.doneAt == test.now && found.leasedUntil == nil)
        #expect(found.startedAt == test.now.adding(seconds: -2))
        await #expect(throws: Broken.self) {
            try await RunJobs.once(.mail, in: test.context()) { () async throws -> Int in
                throw Broken()
            } json: { _ in
                .null
            }
        }
        // A command that is refused changes nothing.
        #expect(try await standing(test, .mail) == found)
    }

    @Test func `what was left undone is a failure, though nothing was thrown`() async throws {
        let test = try await TestBook()
        _ = try await RunJobs.once(.billing, in: test.context()) {
            1
        } json: { _ in
            .null
        } failure: { _ in
            "stripe was not reached"
        }
        let found = try #require(try await standing(test, .billing))
        #expect(found.outcome == .failed && found.failure?.contains("stripe") == true)
    }

    @Test func `while the loop runs the job, its own record stands`() async throws {
        let test = try await TestBook()
        _ = try await test.turn { _, _ in
            try await RunJobs.record(
                .mail, since: test.now, .success(["by": .string("hand")]), in: test.context())
            return ["by": .string("loop")]
        }
        #expect(try await standing(test, .mail)?.summary == #"{"by":"loop"}"#)
    }

    @Test func `a job is late beyond its cadence, and a time far ahead does not count`() {
        let now = Instant(milliseconds: 1_000_000_000)
        func isLate(_ job: Job, doneSecondsAgo seconds: Int64?) -> Bool {
            JobStanding(
                job: job, doneAt: seconds.map { now.adding(seconds: -$0) }, nextRunAt: now
            ).isLate(by: 3_600, at: now)
        }
        #expect(isLate(.billing, doneSecondsAgo: nil))
        #expect(!isLate(.billing, doneSecondsAgo: 3_900))
        #expect(isLate(.billing, doneSecondsAgo: 3_901))
        #expect(!isLate(.retention, doneSecondsAgo: 90_000))
        #expect(isLate(.retention, doneSecondsAgo: 90_001))
        #expect(!isLate(.billing, doneSecondsAgo: -300))
        #expect(isLate(.billing, doneSecondsAgo: -301))
    }
}
