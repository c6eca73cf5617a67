import Dispatch
import Glibc
import SQLiteDriver
import Store
import TestSupport
import Testing

@Suite struct ReadTests {
    @Test func `a read sees one state from its beginning to its end`() async throws {
        let notes = try await Notes()
        try await notes.add("before")
        let begun = Log()
        let gate = DispatchSemaphore(value: 0)
        let reading = Task {
            try await notes.database.transaction(.read) { connection in
                let first = try SQLiteDriverTests.notes(in: connection)
                begun.add("read")
                gate.wait()
                return [first, try SQLiteDriverTests.notes(in: connection)]
            }
        }
        try await eventually("the read begins") { !begun.all.isEmpty }
        try await notes.add("meanwhile")
        gate.signal()
        #expect(try await reading.value == [["before"], ["before"]])
        let now = try await notes.database.transaction(.read) {
            try SQLiteDriverTests.notes(in: $0)
        }
        #expect(now == ["before", "meanwhile"])
    }

    @Test func `reads go on while a write is held`() async throws {
        let notes = try await Notes()
        let begun = Log()
        let gate = DispatchSemaphore(value: 0)
        let writing = Task {
            try await notes.database.transaction(.write) { connection in
                _ = try connection.run(insertNote, "held", .null)
                begun.add("write")
                gate.wait()
            }
        }
        try await eventually("the write begins") { !begun.all.isEmpty }
        let seen = try await notes.database.transaction(.read) {
            try SQLiteDriverTests.notes(in: $0)
        }
        #expect(seen.isEmpty)
        gate.signal()
        try await writing.value
    }

    @Test func `a read cannot write`() async throws {
        let notes = try await Notes()
        await #expect(throws: DriverError.self) {
            try await notes.database.transaction(.read) { connection in
                _ = try connection.run(insertNote, "no", .null)
            }
        }
        #expect(try await notes.seenFromOutside().isEmpty)
    }

    @Test func `a look-up runs on the thread that asks, and sees what was committed last`()
        async throws
    {
        let notes = try await Notes()
        for note in ["one", "two"] {
            try await notes.add(note)
            let caller = pthread_self()
            let (ran, seen) = try await notes.database.transaction(.lookUp) {
                (pthread_self(), try SQLiteDriverTests.notes(in: $0))
            }
            #expect(ran == caller && seen.last == note)
        }
    }

    @Test func `look-ups go on beside reads and writes that are held`() async throws {
        let notes = try await Notes()
        let begun = Log()
        let gate = DispatchSemaphore(value: 0)
        // More reads than there are connections.
        let held = (0..<6).map { number in
            Task {
                try await notes.database.transaction(number == 0 ? .write : .read) { connection in
                    _ = try SQLiteDriverTests.notes(in: connection)
                    begun.add("held")
                    gate.wait()
                }
            }
        }
        try await eventually("they begin") { begun.all.count >= 4 }
        try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await notes.database.transaction(.lookUp) {
                        try SQLiteDriverTests.notes(in: $0)
                    }
                }
            }
            for try await seen in group { #expect(seen.isEmpty) }
        }
        for _ in held { gate.signal() }
        for task in held { try await task.value }
    }

    @Test func `a look-up that throws leaves its connection to the next one`() async throws {
        let notes = try await Notes()
        for _ in 0..<3 {
            await #expect(throws: DriverError.self) {
                try await notes.database.transaction(.lookUp) { connection in
                    _ = try connection.run(insertNote, "no", .null)
                }
            }
        }
        try await notes.add("yes")
        let seen = try await notes.database.transaction(.lookUp) {
            try SQLiteDriverTests.notes(in: $0)
        }
        #expect(seen == ["yes"])
    }

    @Test func `a simulation runs every transaction on its own thread`() async throws {
        let notes = try await Notes()
        try notes.database.close()
        let inline = try SQLiteDatabase(opening: notes.path, execution: .inline)
        for kind in [TransactionKind.write, .read, .lookUp, .write] {
            let caller = pthread_self()
            let ran = try await inline.transaction(kind) { _ in pthread_self() }
            #expect(ran == caller)
        }
    }

    @Test func `a simulation's write that throws leaves nothing, and the next one goes on`()
        async throws
    {
        let notes = try await Notes()
        try notes.database.close()
        let inline = try SQLiteDatabase(opening: notes.path, execution: .inline)
        await #expect(throws: CancellationError.self) {
            try await inline.transaction(.write) { connection in
                _ = try connection.run(insertNote, "undone", .null)
                throw CancellationError()
            }
        }
        try await inline.transaction(.write) { connection in
            _ = try connection.run(insertNote, "done", .null)
        }
        #expect(
            try await inline.transaction(.read) { try SQLiteDriverTests.notes(in: $0) }
                == ["done"])
    }
}
