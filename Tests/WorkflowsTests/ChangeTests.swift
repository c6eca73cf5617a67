import Pledging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Workflows

/// A write: its one moment, and the effects that may only follow its commit.
@Suite struct ChangeTests {
    private struct Broken: Error {}

    /// What happened, in order.
    private final class Diary: Sendable {
        private let entries = Mutex<[String]>([])
        func add(_ entry: String) { entries.withLock { $0.append(entry) } }
        var all: [String] { entries.withLock { $0 } }
    }

    /// Writes one supporter.
    private func add(_ change: Change) throws {
        try change.store.insert(
            Supporter(
                id: change.id(), contact: Contact(email: EmailAddress("a@example.org")),
                createdAt: change.now))
    }

    private func count(_ test: TestBook) async throws -> Int64 {
        try await test.rows("SELECT count(*) FROM supporters")[0].integer(0)
    }

    // MARK: Effects

    @Test(arguments: [false, true])
    func `effects follow the commit, in order and once, though the write ran twice`(
        isTwice: Bool
    ) async throws {
        let test = try await TestBook()
        let diary = Diary()
        let driver: any Driver = isTwice ? TwiceDriver(test.database) : test.database
        let answer = try await test.context(through: driver).change { change in
            diary.add("run")
            change.afterCommit { diary.add("first, \(try await count(test)) in the book") }
            try add(change)
            change.afterCommit { diary.add("second") }
            return "answer"
        }
        let runs = isTwice ? ["run", "run"] : ["run"]
        #expect(answer == "answer")
        #expect(diary.all == runs + ["first, 1 in the book", "second"])
    }

    @Test(arguments: [false, true])
    func `a write that fails leaves nothing behind, and no effect`(isTwice: Bool) async throws {
        let test = try await TestBook()
        let diary = Diary()
        let driver: any Driver = isTwice ? TwiceDriver(test.database) : test.database
        await #expect(throws: Broken.self) {
            try await test.context(through: driver).change { change in
                change.afterCommit { diary.add("effect") }
                try add(change)
                throw Broken()
            }
        }
        #expect(diary.all.isEmpty)
        #expect(try await count(test) == 0)
    }

    @Test func `an effect of a run that was rolled back is dropped with it`() async throws {
        let test = try await TestBook()
        let diary = Diary()
        let runs = Mutex(0)
        try await test.context(through: TwiceDriver(test.database)).change { change in
            let run = runs.withLock { runs in
                runs += 1
                return runs
            }
            change.afterCommit { diary.add("of run \(run)") }
        }
        #expect(diary.all == ["of run 2"])
    }

    @Test func `an effect that fails is the caller's error, and the write stands`() async throws {
        let test = try await TestBook()
        let diary = Diary()
        await #expect(throws: Broken.self) {
            try await test.context().change { change in
                try add(change)
                change.afterCommit { throw Broken() }
                change.afterCommit { diary.add("after it") }
            }
        }
        #expect(diary.all.isEmpty)
        #expect(try await count(test) == 1)
    }

    // MARK: The moment

    @Test func `every run of a write has the same moment, although the clock moves`()
        async throws
    {
        let test = try await TestBook()
        let start = test.now
        let moments = Mutex<[Instant]>([])
        let context = try test.context(through: TwiceDriver(test.database))
        try await context.change { change in
            moments.withLock { $0.append(change.now) }
            test.now = test.now.adding(seconds: 10)
        }
        try await context.record { change in
            moments.withLock { $0.append(change.now) }
            test.now = test.now.adding(seconds: 10)
        }
        let later = start.adding(seconds: 20)
        #expect(moments.withLock { $0 } == [start, start, later, later])
    }

    @Test func `a job's own moment holds for its writes and reads`() async throws {
        let test = try await TestBook()
        let context = try test.context()
        let moment = test.now
        test.now = moment.adding(days: 1)
        #expect(try await context.change(at: moment) { $0.now } == moment)
        #expect(try await context.record(at: moment) { $0.now } == moment)
        #expect(try await context.look(at: moment) { $0.now } == moment)
        #expect(try await context.look { $0.now } == test.now)
        #expect(try await context.lookUp { $0.now } == test.now)
    }

    // MARK: Busy books

    @Test(arguments: [1, 59])
    func `an outside effect is recorded as soon as the book is free`(
        busyWrites: Int
    ) async throws {
        let test = try await TestBook()
        let start = test.now
        let driver = HookedDriver(test.database) { number in
            test.now = test.now.adding(seconds: 5)
            if number <= busyWrites { throw DriverError.busy }
        }
        let moment = try await test.context(through: driver).record { change in
            try add(change)
            return change.now
        }
        #expect(moment == start)
        #expect(driver.count == busyWrites + 1)
        #expect(try await count(test) == 1)
    }

    @Test func `a book that stays busy is given up after some minutes`() async throws {
        let test = try await TestBook()
        let driver = HookedDriver(test.database) { _ in throw DriverError.busy }
        await #expect(throws: DriverError.busy) {
            try await test.context(through: driver).record { try add($0) }
        }
        #expect(driver.count == 60)
    }

    @Test func `another error is thrown at once, and a plain write waits for nobody`()
        async throws
    {
        let test = try await TestBook()
        let full = HookedDriver(test.database) { _ in throw DriverError.diskFull }
        await #expect(throws: DriverError.diskFull) {
            try await test.context(through: full).record { try add($0) }
        }
        let busy = HookedDriver(test.database) { _ in throw DriverError.busy }
        await #expect(throws: DriverError.busy) {
            try await test.context(through: busy).change { try add($0) }
        }
        #expect(full.count == 1 && busy.count == 1)
    }
}
