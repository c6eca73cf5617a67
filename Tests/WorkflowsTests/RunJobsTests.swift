import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite struct RunJobsTests {
    private struct Broken: Error {}

    /// No jitter, and no second look.
    private static let pace = RunJobs.Pace(jitter: { $0 }, pause: { _ in false })

    private func turn(
        _ test: TestBook, _ job: Job = .mail, _ work: @escaping RunJobs.Work
    ) async throws -> Duration {
        await RunJobs.turn(job, work, at: Self.pace, in: try test.context())
    }

    private func standing(_ test: TestBook, _ job: Job = .mail) async throws -> JobStanding? {
        try await test.book.read { try $0.jobs().first { $0.job == job } }
    }

    @Test func `a job is run when it is due, and then not before its time`() async throws {
        let test = try await TestBook()
        let runs = Mutex(0)
        let start = test.now
        for (milliseconds, count) in [(0, 1), (0, 1), (16_499, 1), (16_500, 2)] as [(Int64, Int)] {
            test.now = start.adding(milliseconds: milliseconds)
            _ = try await turn(test) { job, context in
                #expect(job == .mail && context.actor == .job("mail"))
                runs.withLock { $0 += 1 }
                return ["sent": .integer(3)]
            }
            #expect(runs.withLock { $0 } == count)
        }
        let found = try #require(await standing(test))
        #expect(found.outcome == .done && found.summary == #"{"sent":3}"#)
        #expect(found.startedAt == test.now && found.endedAt == test.now)
        #expect(found.leasedUntil == nil)
        #expect(found.nextRunAt == test.now.adding(milliseconds: 16_500))
    }

    @Test func `a run that had nothing to do leaves what was done last`() async throws {
        let test = try await TestBook()
        _ = try await turn(test) { _, _ in ["sent": .integer(3)] }
        test.now = test.now.adding(seconds: 60)
        _ = try await turn(test) { _, _ in ["sent": .integer(0), "by": .object([])] }
        let found = try #require(await standing(test))
        #expect(found.summary == #"{"sent":3}"# && found.endedAt == test.now)
    }

    @Test func `nobody begins what somebody runs, until its lease is over`() async throws {
        let test = try await TestBook()
        let started = test.now
        _ = try await turn(test) { _, _ in
            // Another process looks meanwhile.
            let wait = try await self.turn(test) { _, _ in
                Issue.record("run by two at once")
                return nil
            }
            #expect(wait == .seconds(15))
            // So does one whose clock is a little behind.
            test.now = started.adding(seconds: -30)
            _ = try await self.turn(test) { _, _ in
                Issue.record("run by two at once, of whom one is behind")
                return nil
            }
            // This one stands still for longer than its lease: another one takes over.
            test.now = started.adding(seconds: 61)
            _ = try await self.turn(test) { _, _ in ["by": .string("the other")] }
            test.now = started.adding(seconds: 62)
            return ["by": .string("the first")]
        }
        let found = try #require(await standing(test))
        #expect(found.summary == #"{"by":"the other"}"#)
        #expect(found.endedAt == started.adding(seconds: 61) && found.leasedUntil == nil)
    }

    @Test func `what fails is told, tried again ever later, and forgotten once it works`()
        async throws
    {
        let test = try await TestBook()
        for (count, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8)] as [(Int, Int64)] {
            _ = try await turn(test) { _, _ in
                throw Problem(.unavailable, field: .setting("smtp.host"), "nobody answers")
            }
            let found = try #require(await standing(test))
            #expect(found.outcome == .failed && found.failure == "smtp.host: nobody answers")
            #expect(found.failuresInRow == count)
            #expect(found.nextRunAt == test.now.adding(seconds: 60 * minutes))
            test.now = found.nextRunAt.adding(milliseconds: -1)
            _ = try await turn(test) { _, _ in
                Issue.record("tried again too early")
                return nil
            }
            test.now = found.nextRunAt
        }
        _ = try await turn(test) { _, _ in throw Broken() }
        #expect(try await standing(test)?.failure == "Broken; the log says more")
        test.now = test.now.adding(hours: 1)
        _ = try await turn(test) { _, _ in nil }
        let mended = try #require(await standing(test))
        #expect(mended.outcome == .done && mended.failure == nil && mended.failuresInRow == 0)
    }

    /// How work ends that is called off: at once, with whatever it was at, or by ending well.
    enum End: CaseIterable {
        case cancelled, interrupted, done
    }

    @Test(arguments: End.allCases)
    func `a run that is called off leaves no lease and no outcome, and is due`(
        _ end: End
    ) async throws {
        let test = try await TestBook()
        let (begun, start) = AsyncStream.makeStream(of: Void.self)
        let ended = Mutex(false)
        let running = Task {
            try await turn(test) { _, _ in
                start.yield()
                do {
                    try await Task.sleep(for: .seconds(600))
                } catch  where end == .cancelled {
                    throw error
                } catch {
                    // It takes its time to notice.
                    await Task { try? await Task.sleep(for: .milliseconds(20)) }.value
                }
                ended.withLock { $0 = true }
                if end == .interrupted { throw Broken() }
                return ["sent": .integer(1)]
            }
        }
        for await _ in begun { break }
        running.cancel()
        #expect(try await running.value == .zero)
        #expect(ended.withLock { $0 } == (end != .cancelled))
        let found = try #require(await standing(test))
        #expect(found.leasedUntil == nil && found.outcome == nil && found.failure == nil)
        #expect(found.summary == nil && found.isDue(at: test.now))
    }

    @Test func `a clock that was ahead and was set right makes nobody wait`() async throws {
        let test = try await TestBook()
        let right = test.now
        test.now = right.adding(days: 400)
        _ = try await turn(test) { _, _ in nil }
        test.now = right
        _ = try await turn(test) { _, _ in ["sent": .integer(1)] }
        #expect(try await standing(test)?.endedAt == right)
    }

    @Test func `a slow job holds up no other one, and all end before it is over`() async throws {
        let test = try await TestBook()
        let (others, done) = AsyncStream.makeStream(of: Job.self)
        let ended = Mutex<Set<Job>>([])
        let pace = RunJobs.Pace(jitter: { _ in 0 }, pause: { _ in false })
        await RunJobs.run(
            { job, _ in
                if job == .billing {
                    // Ends only after each of the others has.
                    var seen: Set<Job> = []
                    for await other in others where seen.insert(other).inserted {
                        if seen.count == Job.allCases.count - 1 { break }
                    }
                } else {
                    done.yield(job)
                }
                _ = ended.withLock { $0.insert(job) }
                return nil
            }, at: pace, in: try test.context())
        #expect(ended.withLock { $0 } == Set(Job.allCases))
        #expect(try await test.book.read { try $0.jobs() }.count == Job.allCases.count)
    }

    @Test func `two loops on one book run nothing twice at once`() async throws {
        let test = try await TestBook()
        let running = Mutex<Set<Job>>([])
        let overlaps = Mutex(0)
        let runs = Mutex(0)
        let work: RunJobs.Work = { job, _ in
            if !running.withLock({ $0.insert(job).inserted }) { overlaps.withLock { $0 += 1 } }
            try await Task.sleep(for: .milliseconds(2))
            _ = running.withLock { $0.remove(job) }
            runs.withLock { $0 += 1 }
            return nil
        }
        let rounds = Mutex(0)
        // The clock stands while something runs: on a busy machine a lease would end else.
        let pause: @Sendable (Duration) async -> Bool = { _ in
            try? await Task.sleep(for: .milliseconds(1))
            if running.withLock({ $0.isEmpty }) {
                test.now = test.now.adding(milliseconds: 100)
            }
            return rounds.withLock {
                $0 += 1
                return $0 < 2_000
            }
        }
        let pace = RunJobs.Pace(jitter: { _ in 0 }, pause: pause)
        let context = try test.context()
        async let first: Void = RunJobs.run(work, at: pace, in: context)
        async let second: Void = RunJobs.run(work, at: pace, in: context)
        _ = await (first, second)
        #expect(overlaps.withLock { $0 } == 0)
        #expect(runs.withLock { $0 } > Job.allCases.count)
    }
}
