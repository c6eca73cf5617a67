import Synchronization
import TestSupport
import Testing

@testable import Workflows

/// The loop of every job that calls outside. Each test runs on one thread, on which the seed
/// chooses which item in flight goes on.
@Suite struct SideBySideTests {
    private static let seeds: ClosedRange<UInt64> = 1...8

    private struct Broken: Error, Equatable {
        var item = 0
    }

    /// What a run did, seen from outside.
    private final class Ledger: Sendable {
        private let facts = Mutex(Facts())

        struct Facts {
            var begun: [Int] = []
            var ended: [Int] = []
            /// Items that noticed their cancellation.
            var cancelled: [Int] = []
            var done: [Int] = []
            var putBack: [Int] = []
            var running = 0
            var mostRunning = 0
        }

        var all: Facts { facts.withLock { $0 } }
        func note(_ change: (inout Facts) -> Void) { facts.withLock { change(&$0) } }

        /// Lets others go on for a while, and then does what `end` says.
        func work(_ item: Int, _ end: @Sendable (Int) throws -> Void = { _ in }) async throws -> Int
        {
            note {
                $0.begun.append(item)
                $0.running += 1
                $0.mostRunning = max($0.mostRunning, $0.running)
            }
            for _ in 0..<(5 + item % 7) { await Task.yield() }
            note {
                $0.running -= 1
                $0.ended.append(item)
                if Task.isCancelled { $0.cancelled.append(item) }
            }
            try end(item)
            return item
        }
    }

    /// Hands out numbers in lists of these lengths, then nothing more.
    private final class Source: Sendable {
        private let state: Mutex<(lengths: [Int], next: Int, rooms: [Int])>

        init(_ lengths: [Int]) { state = Mutex((lengths, 0, [])) }

        /// The room that was asked for, each time.
        var rooms: [Int] { state.withLock { $0.rooms } }

        func next(_ room: Int) -> [Int]? {
            state.withLock { state in
                state.rooms.append(room)
                guard !state.lengths.isEmpty else { return nil }
                let first = state.next
                state.next += state.lengths.removeFirst()
                return Array(first..<state.next)
            }
        }
    }

    private func run(
        _ seed: UInt64, maximum: Int, of source: Source, _ ledger: Ledger,
        work end: @escaping @Sendable (Int) throws -> Void = { _ in },
        done: @escaping @Sendable (Int) throws -> Void = { _ in }
    ) async throws {
        try await SeededExecutor(seed: seed).run {
            let items = SideBySide(maximum: maximum) { try await ledger.work($0, end) }
            try await items.run(
                next: { source.next($0) },
                done: { item in
                    ledger.note { $0.done.append(item) }
                    try done(item)
                },
                putBack: { item in ledger.note { $0.putBack.append(item) } })
        }
    }

    // MARK: All is well

    @Test(arguments: seeds, [1, 3, 64])
    func `every item is taken once, and no more of them at once than the maximum`(
        seed: UInt64, maximum: Int
    ) async throws {
        let ledger = Ledger()
        try await run(seed, maximum: maximum, of: Source([7, 1, 12]), ledger)
        let facts = ledger.all
        #expect(facts.mostRunning <= maximum && facts.mostRunning >= min(maximum, 3))
        #expect(facts.begun.sorted() == Array(0..<20) && facts.done.sorted() == Array(0..<20))
        #expect(facts.putBack.isEmpty && facts.cancelled.isEmpty)
    }

    @Test(arguments: seeds)
    func `more is asked for where there is room and nothing waits, and never after the end`(
        seed: UInt64
    ) async throws {
        let source = Source([4, 4])
        try await run(seed, maximum: 4, of: source, Ledger())
        // The whole room at first; later the room of the item that has ended.
        #expect(source.rooms.prefix(2) == [4, 1])
        #expect(source.rooms.allSatisfy { (1...4).contains($0) })
        #expect(source.rooms.count == 3)
    }

    @Test(arguments: seeds)
    func `a list of nothing is asked for again once something has ended`(
        seed: UInt64
    ) async throws {
        let (source, ledger) = (Source([2, 0, 0, 3]), Ledger())
        try await run(seed, maximum: 8, of: source, ledger)
        #expect(ledger.all.done.sorted() == [0, 1, 2, 3, 4])
        #expect(source.rooms.prefix(4) == [8, 6, 7, 8])
    }

    @Test(arguments: [[], [0], [0, 5]])
    func `an empty first list ends the run if nothing is in flight`(
        lengths: [Int]
    ) async throws {
        let (source, ledger) = (Source(lengths), Ledger())
        try await run(1, maximum: 8, of: source, ledger)
        #expect(ledger.all.begun.isEmpty && source.rooms == [8])
    }

    // MARK: Something fails

    @Test(arguments: seeds)
    func `a failing item stops the run but no item in flight`(seed: UInt64) async throws {
        let (source, ledger) = (Source([10, 10]), Ledger())
        await #expect(throws: Broken(item: 1)) {
            try await run(
                seed, maximum: 3, of: source, ledger,
                work: { if $0 == 1 { throw Broken(item: $0) } })
        }
        let facts = ledger.all
        #expect(facts.ended.sorted() == facts.begun.sorted())
        #expect(facts.cancelled.isEmpty)
        #expect(facts.done.sorted() == facts.begun.filter { $0 != 1 }.sorted())
        // What waited is put back in order; what was never asked for stays in the source.
        #expect(facts.putBack == Array(0..<10).filter { !facts.begun.contains($0) })
        #expect(!facts.putBack.isEmpty && source.rooms.count == 1)
    }

    @Test(arguments: seeds)
    func `of several errors the first is thrown, and every outcome is told`(
        seed: UInt64
    ) async throws {
        let ledger = Ledger()
        let first = Mutex<Int?>(nil)
        let error = await #expect(throws: Broken.self) {
            try await run(
                seed, maximum: 4, of: Source([4]), ledger,
                work: { item in
                    guard item != 2 else { return }
                    first.withLock { $0 = $0 ?? item }
                    throw Broken(item: item)
                })
        }
        #expect(ledger.all.done == [2] && ledger.all.ended.count == 4)
        #expect(error?.item == first.withLock { $0 })
    }

    @Test(arguments: seeds)
    func `the receiver of the outcomes may stop the run`(seed: UInt64) async throws {
        let (source, ledger) = (Source([10, 10]), Ledger())
        await #expect(throws: Broken.self) {
            try await run(
                seed, maximum: 2, of: source, ledger,
                done: { _ in if ledger.all.done.count == 3 { throw Broken() } })
        }
        let facts = ledger.all
        // The outcomes of items in flight are told too.
        #expect(facts.begun.count == 4 && facts.done.sorted() == facts.begun.sorted())
        #expect(facts.putBack == Array(0..<10).filter { !facts.begun.contains($0) })
        #expect(facts.cancelled.isEmpty && source.rooms.count == 1)
    }

    @Test(arguments: seeds)
    func `an error of the source stops the run but no item in flight`(
        seed: UInt64
    ) async throws {
        let ledger = Ledger()
        await #expect(throws: Broken.self) {
            try await SeededExecutor(seed: seed).run {
                let items = SideBySide(maximum: 4) { try await ledger.work($0) }
                try await items.run(
                    next: { room in
                        guard room == 4 else { throw Broken() }
                        return [0, 1]
                    },
                    done: { item in ledger.note { $0.done.append(item) } },
                    putBack: { item in ledger.note { $0.putBack.append(item) } })
            }
        }
        #expect(ledger.all.done.sorted() == [0, 1])
        #expect(ledger.all.putBack.isEmpty && ledger.all.cancelled.isEmpty)
    }

    @Test(arguments: seeds)
    func `an item that cannot be put back does not keep others from being put back`(
        seed: UInt64
    ) async throws {
        let ledger = Ledger()
        await #expect(throws: Broken(item: 0)) {
            try await SeededExecutor(seed: seed).run {
                let source = Source([5])
                let items = SideBySide(maximum: 1) {
                    try await ledger.work($0) { throw Broken(item: $0) }
                }
                try await items.run(
                    next: { source.next($0) }, done: { _ in },
                    putBack: { item in
                        if item == 2 { throw Broken(item: item) }
                        ledger.note { $0.putBack.append(item) }
                    })
            }
        }
        #expect(ledger.all.putBack == [1, 3, 4])
    }

    // MARK: Cancelled

    @Test(arguments: seeds, [1, 3])
    func `a run that is called off begins nothing more, waits, and puts back`(
        seed: UInt64, maximum: Int
    ) async throws {
        let (source, ledger) = (Source([10, 10]), Ledger())
        let run = Mutex<Task<Void, any Error>?>(nil)
        let isSet = AsyncStream.makeStream(of: Void.self)
        let running = Task {
            for await _ in isSet.stream { break }
            try await self.run(
                seed, maximum: maximum, of: source, ledger,
                done: { _ in
                    if ledger.all.done.count == 2 { run.withLock { $0?.cancel() } }
                })
        }
        run.withLock { $0 = running }
        isSet.continuation.yield()
        await #expect(throws: CancellationError.self) { try await running.value }
        let facts = ledger.all
        #expect(facts.begun.count < 10 && facts.ended.sorted() == facts.begun.sorted())
        #expect(facts.done.sorted() == facts.begun.sorted())
        #expect(facts.putBack == Array(0..<10).filter { !facts.begun.contains($0) })
        #expect(source.rooms.count == 1)
        // Two items had ended before the cancellation. The others are at most those in flight.
        #expect(facts.begun.count <= 1 + maximum)
    }

    @Test func `a run that was called off before it began asks for nothing`() async throws {
        let (source, ledger) = (Source([10]), Ledger())
        let running = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await self.run(1, maximum: 3, of: source, ledger)
        }
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(ledger.all.begun.isEmpty && source.rooms.isEmpty)
    }
}
