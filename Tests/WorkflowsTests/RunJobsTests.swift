import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

@Suite struct RunJobsTests {
    private struct Broken: Error {}

    @Test func `a job is run when it is due, and then not before its time`() async throws {
        let test = try await TestBook()
        let runs = Mutex(0)
        let start = test.now
        for (milliseconds, count) in [(0, 1), (0, 1), (16_499, 1), (16_500, 2)] as [(Int64, Int)] {
            test.now = start.adding(milliseconds: milliseconds)
            _ = try await test.turn { job, context in
                #expect(job == .mail && context.actor == .job("mail"))
                runs.withLock { $0 += 1 }
                return ["sent": .integer(3)]
            }
            #expect(runs.withLock { $0 } == count)
        }
        let found = try #require(await test.standing())
        #expect(found.outcome == .done && found.summary == #"{"sent":3}"#)
        #expect(found.startedAt == test.now && found.endedAt == test.now)
        #expect(found.leasedUntil == nil)
        #expect(found.nextRunAt == test.now.adding(milliseconds: 16_500))
    }

    @Test func `a run that had nothing to do leaves what was done last`() async throws {
        let test = try await TestBook()
        _ = try await test.turn { _, _ in ["sent": .integer(3)] }
        test.now = test.now.adding(seconds: 60)
        _ = try await test.turn { _, _ in ["sent": .integer(0), "by": .object([])] }
        let found = try #require(await test.standing())
        #expect(found.summary == #"{"sent":3}"# && found.endedAt == test.now)
    }

    @Test func `a running job is not started again until its lease ends`() async throws {
        let test = try await TestBook()
        let started = test.now
        _ = try await test.turn { _, _ in
            // Another process looks meanwhile.
            let wait = try await test.turn { _, _ in
                Issue.record("two processes ran the job at once")
                return nil
            }
            #expect(wait == .seconds(15))
            // So does a process whose clock is a little behind.
            test.now = started.adding(seconds: -30)
            _ = try await test.turn { _, _ in
                Issue.record("two processes ran the job at once, one with a clock that is behind")
                return nil
            }
            // This process stands still for longer than its lease, and another one takes over.
            test.now = started.adding(seconds: 61)
            _ = try await test.turn { _, _ in ["by": .string("the other")] }
            test.now = started.adding(seconds: 62)
            return ["by": .string("the first")]
        }
        let found = try #require(await test.standing())
        #expect(found.summary == #"{"by":"the other"}"#)
        #expect(found.endedAt == started.adding(seconds: 61) && found.leasedUntil == nil)
    }

    @Test func `a failure is logged, retried with growing waits, and cleared by a success`()
        async throws
    {
        let test = try await TestBook()
        for (count, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8)] as [(Int, Int64)] {
            _ = try await test.turn { _, _ in
                throw Problem(.unavailable, field: .setting("smtp.host"), "nobody answers")
            }
            let found = try #require(await test.standing())
            #expect(found.outcome == .failed && found.failure == "smtp.host: nobody answers")
            #expect(found.failuresInRow == count)
            #expect(found.nextRunAt == test.now.adding(seconds: 60 * minutes))
            test.now = found.nextRunAt.adding(milliseconds: -1)
            _ = try await test.turn { _, _ in
                Issue.record("tried again too early")
                return nil
            }
            test.now = found.nextRunAt
        }
        _ = try await test.turn { _, _ in throw Broken() }
        #expect(try await test.standing()?.failure == "Broken; see the log")
        test.now = test.now.adding(hours: 1)
        _ = try await test.turn { _, _ in nil }
        let mended = try #require(await test.standing())
        #expect(mended.outcome == .done && mended.failure == nil && mended.failuresInRow == 0)
    }

    @Test func `a clock that was ahead and was corrected delays no job`() async throws {
        let test = try await TestBook()
        let right = test.now
        test.now = right.adding(days: 400)
        _ = try await test.turn { _, _ in nil }
        test.now = right
        _ = try await test.turn { _, _ in ["sent": .integer(1)] }
        #expect(try await test.standing()?.endedAt == right)
    }

    // MARK: Loops

    /// Runs `body` on one thread, on which the seed chooses the task that goes on.
    private func seeded(
        _ seed: UInt64, _ body: @escaping @Sendable (TestBook, Context) async throws -> Void
    ) async throws {
        let test = try await TestBook(concurrent: false)
        let context = try test.context(through: YieldingDriver(test.database))
        try await SeededExecutor(seed: seed).run { try await body(test, context) }
    }

    private static let seeds: ClosedRange<UInt64> = 1...4

    @Test(arguments: seeds)
    func `a slow job holds up no other one, and all end before it is over`(
        seed: UInt64
    ) async throws {
        try await seeded(seed) { test, context in
            let ended = Mutex<Set<Job>>([])
            let work: RunJobs.Work = { job, _ in
                if job == .billing {
                    // It ends only after all others have.
                    while ended.withLock({ $0.count }) < Job.allCases.count - 1 {
                        await Task.yield()
                    }
                }
                _ = ended.withLock { $0.insert(job) }
                return nil
            }
            await RunJobs.run(work, at: .oneTurn, in: context)
            #expect(ended.withLock { $0 } == Set(Job.allCases))
            let jobs = try await test.book.read { try $0.jobs() }
            #expect(jobs.count == Job.allCases.count)
        }
    }

    @Test(arguments: seeds)
    func `two loops on one book run nothing twice at once, however long it takes`(
        seed: UInt64
    ) async throws {
        try await seeded(seed) { test, context in
            let running = Mutex<Set<Job>>([])
            let overlaps = Mutex(0)
            let runs = Mutex(0)
            let over = test.now.adding(seconds: 1_200)
            let work: RunJobs.Work = { job, context in
                if !running.withLock({ $0.insert(job).inserted }) { overlaps.withLock { $0 += 1 } }
                // Longer than the lease of a minute.
                let end = min(over, context.now.adding(seconds: 150))
                while context.now < end {
                    test.now = test.now.adding(milliseconds: 10)
                    await Task.yield()
                }
                _ = running.withLock { $0.remove(job) }
                runs.withLock { $0 += 1 }
                return nil
            }
            // Waiting and working move the clock.
            let pace = RunJobs.Pace(
                jitter: { _ in 0 },
                sleep: { wait in
                    let end = test.now.adding(seconds: wait.components.seconds)
                    while test.now < end {
                        try Task.checkCancellation()
                        await Task.yield()
                    }
                },
                pause: { _ in
                    await Task.yield()
                    test.now = test.now.adding(milliseconds: 250)
                    return test.now < over
                })
            async let first: Void = RunJobs.run(work, at: pace, in: context)
            async let second: Void = RunJobs.run(work, at: pace, in: context)
            _ = await (first, second)
            #expect(overlaps.withLock { $0 } == 0)
            #expect(runs.withLock { $0 } > Job.allCases.count)
        }
    }
}
