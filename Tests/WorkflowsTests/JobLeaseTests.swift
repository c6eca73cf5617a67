import Pledging
import Store
import Synchronization
import TestSupport
import Testing
import Workflows

/// The lease of a running job: renewed while the job works, and given back however it ends.
@Suite struct JobLeaseTests {
    private struct Broken: Error {}

    @Test func `a lease is renewed for as long as its work takes`() async throws {
        let test = try await TestBook()
        let start = test.now
        let (beaten, beat) = AsyncStream.makeStream(of: Void.self)
        let beats = Mutex(0)
        let pace = RunJobs.Pace.beating { wait in
            #expect(wait == .seconds(20))
            // By the fifth time, four renewals are written.
            guard
                beats.withLock({ beats in
                    beats += 1
                    return beats < 5
                })
            else {
                beat.yield()
                throw CancellationError()
            }
            test.now = test.now.adding(seconds: 20)
        }
        _ = try await test.turn(at: pace) { _, _ in
            for await _ in beaten { break }
            #expect(test.now == start.adding(seconds: 80))
            let held = try await test.standing()
            #expect(held?.leasedUntil == test.now.adding(seconds: 60))
            _ = try await test.turn { _, _ in
                Issue.record("two processes ran the job at once")
                return nil
            }
            return ["sent": .integer(1)]
        }
        let found = try #require(await test.standing())
        #expect(found.summary == #"{"sent":1}"# && found.leasedUntil == nil)
    }

    @Test func `a lease that was lost is told, and the work goes on`() async throws {
        let test = try await TestBook()
        let log = RecordingLog()
        let (lost, lose) = AsyncStream.makeStream(of: Void.self)
        let (beaten, beat) = AsyncStream.makeStream(of: Void.self)
        let beats = Mutex(0)
        let pace = RunJobs.Pace.beating { _ in
            if beats.withLock({ beats in
                beats += 1
                return beats == 1
            }) {
                for await _ in lost { break }
            } else {
                beat.yield()
                throw CancellationError()
            }
        }
        let ended = Mutex(false)
        _ = try await test.turn(at: pace, in: test.context(logging: log)) { _, _ in
            // The process stood still for longer than its lease, and another one took over.
            test.now = test.now.adding(seconds: 61)
            _ = try await test.turn { _, _ in ["by": .string("the other")] }
            lose.yield()
            for await _ in beaten { break }
            ended.withLock { $0 = true }
            return ["by": .string("the first")]
        }
        #expect(ended.withLock { $0 })
        #expect(log.lines(at: "warning").map(\.message) == ["job lease lost"])
        #expect(log.lines(at: "warning").first?.facts == ["job": "mail"])
        #expect(try await test.standing()?.summary == #"{"by":"the other"}"#)
    }

    @Test func `a renewal that fails is told, and the work goes on`() async throws {
        let test = try await TestBook()
        let log = RecordingLog()
        // The first write takes the lease, the second renews it.
        let driver = HookedDriver(test.database) { if $0 == 2 { throw DriverError.diskFull } }
        let (beaten, beat) = AsyncStream.makeStream(of: Void.self)
        let beats = Mutex(0)
        let pace = RunJobs.Pace.beating { _ in
            guard
                beats.withLock({ beats in
                    beats += 1
                    return beats == 1
                })
            else {
                beat.yield()
                throw CancellationError()
            }
        }
        let context = try test.context(through: driver, logging: log)
        _ = try await test.turn(at: pace, in: context) { _, _ in
            for await _ in beaten { break }
            return ["sent": .integer(1)]
        }
        #expect(
            log.lines(at: "warning").map(\.message) == ["job lease not renewed"])
        #expect(
            log.lines(at: "warning").first?.facts
                == ["job": "mail", "error": "\(DriverError.diskFull)"])
        let found = try #require(await test.standing())
        #expect(found.outcome == .done && found.summary == #"{"sent":1}"#)
    }

    // MARK: Called off

    /// How cancelled work ends: at once, with an error in what it was doing, or normally.
    enum End: CaseIterable {
        case cancelled, interrupted, done
    }

    @Test(arguments: End.allCases)
    func `a run that is called off leaves no lease and no outcome, and is due`(
        _ end: End
    ) async throws {
        let test = try await TestBook()
        let (begun, start) = AsyncStream.makeStream(of: Void.self)
        let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
        let ended = Mutex(false)
        let pace = RunJobs.Pace.beating { _ in
            await untilCalledOff()
            stop.yield()
            throw CancellationError()
        }
        let running = Task {
            try await test.turn(at: pace) { _, _ in
                start.yield()
                await untilCalledOff()
                if end == .cancelled { throw CancellationError() }
                // It takes its time to notice. By then the lease is no longer renewed.
                await Task { for await _ in stopped { break } }.value
                ended.withLock { $0 = true }
                if end == .interrupted { throw Broken() }
                return ["sent": .integer(1)]
            }
        }
        for await _ in begun { break }
        running.cancel()
        #expect(try await running.value == .zero)
        #expect(ended.withLock { $0 } == (end != .cancelled))
        let found = try #require(await test.standing())
        #expect(found.leasedUntil == nil && found.outcome == nil && found.failure == nil)
        #expect(found.summary == nil && found.isDue(at: test.now))
    }
}
