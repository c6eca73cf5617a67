import Dispatch
import SQLiteDriver
import Store
import TestSupport
import Testing

@Suite struct GroupCommitTests {
    @Test func `many writes at once are all kept and all answered`() async throws {
        let notes = try await Notes()
        let count = 500
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await notes.database.transaction(.write) { connection in
                        _ = try connection.run(insertNote, .text("note \(number)"), .null)
                        return number
                    }
                }
            }
            return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(answers == Set(0..<count))
        #expect(Set(try await notes.seenFromOutside()) == Set((0..<count).map { "note \($0)" }))
    }

    @Test func `a write that throws loses its own rows and nobody else's`() async throws {
        let notes = try await Notes()
        let failed = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<200 {
                group.addTask {
                    do {
                        try await notes.database.transaction(.write) { connection in
                            _ = try connection.run(insertNote, .text("note \(number)"), .null)
                            if number % 7 == 0 { throw Refusal(number: number) }
                            // A violated constraint also ends this write alone.
                            if number % 7 == 1 {
                                _ = try connection.run(insertNote, .text(""), .null)
                            }
                        }
                        return nil
                    } catch let refusal as Refusal {
                        return refusal.number == number ? number : -1
                    } catch DriverError.constraint {
                        return number % 7 == 1 ? number : -1
                    } catch {
                        return -1
                    }
                }
            }
            return await group.reduce(into: Set<Int>()) { if let number = $1 { $0.insert(number) } }
        }
        let wanted = Set((0..<200).filter { $0 % 7 < 2 })
        #expect(failed == wanted)
        let kept = Set(0..<200).subtracting(wanted).map { "note \($0)" }
        #expect(Set(try await notes.seenFromOutside()) == Set(kept))
    }

    /// A write may record what has already happened outside.
    @Test func `a write is carried out although its task was cancelled`() async throws {
        let notes = try await Notes()
        let writing = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            #expect(Task.isCancelled)
            try await notes.add("what happened")
        }
        try await writing.value
        #expect(try await notes.seenFromOutside() == ["what happened"])
    }

    /// Two writes share a commit. The first has no answer while the second still runs, and nobody
    /// sees its row.
    @MainActor
    @Test func `nobody is answered before the commit`() async throws {
        let notes = try await Notes()
        let ran = Log()
        let answered = Log()
        let gate = DispatchSemaphore(value: 0)
        let writes = try await together(notes, ["first", "second"]) { connection, name in
            _ = try connection.run(insertNote, .text(name), .null)
            ran.add(name)
            if name == "second" { gate.wait() }
        } answered: {
            answered.add($0)
        }

        try await eventually("both writes begin") { ran.all.count == 2 }
        #expect(ran.all == ["first", "second"])
        #expect(answered.all.isEmpty)
        #expect(try await notes.seenFromOutside().isEmpty)

        gate.signal()
        for write in writes { #expect(await write.value == nil) }
        #expect(Set(answered.all) == ["first", "second"])
        #expect(try await notes.seenFromOutside() == ["first", "second"])
    }

    @MainActor
    @Test func `a full disk fails every write of the group and leaves nothing`() async throws {
        let notes = try await Notes()
        try await notes.add("before")
        let pages = try await pragma("page_count", notes)
        _ = try await pragma("max_page_count = \(pages + 2)", notes)
        let writes = try await together(notes, ["small", "large", "late"]) { connection, name in
            let body = [UInt8](repeating: 7, count: name == "large" ? 1 << 20 : 1)
            _ = try connection.run(insertNote, .text(name), .blob(body))
        } answered: { _ in
        }
        for write in writes { #expect(await write.value as? DriverError == .diskFull) }
        #expect(try await notes.seenFromOutside() == ["before"])

        // With room again, the same connection goes on.
        _ = try await pragma("max_page_count = 1000000", notes)
        try await notes.add("after")
        #expect(try await notes.seenFromOutside() == ["after", "before"])
    }

    @Test func `a write sees its own rows and those of the writes before it`() async throws {
        let notes = try await Notes()
        try await notes.add("one")
        let seen = try await notes.database.transaction(.write) { connection in
            _ = try connection.run(insertNote, "two", .null)
            return try SQLiteDriverTests.notes(in: connection)
        }
        #expect(seen == ["one", "two"])
    }

    /// Holds the writer until all of `names` wait behind it, so that they make one group.
    @MainActor
    private func together(
        _ notes: Notes, _ names: [String],
        write: @escaping @Sendable (any Connection, String) throws -> Void,
        answered: @escaping @Sendable (String) -> Void
    ) async throws -> [Task<(any Error)?, Never>] {
        let log = Log()
        let gate = DispatchSemaphore(value: 0)
        let holder = Task { @MainActor in
            try await notes.database.transaction(.write) { _ in
                log.add("held")
                gate.wait()
            }
        }
        try await eventually("the writer is held") { log.all == ["held"] }
        // Each task runs on this actor until it waits for its answer; by then it is in the queue.
        let tasks = names.map { name in
            Task { @MainActor () -> (any Error)? in
                log.add(name)
                do {
                    try await notes.database.transaction(.write) { try write($0, name) }
                    answered(name)
                    return nil
                } catch {
                    return error
                }
            }
        }
        try await eventually("all writes wait") { log.all.count == names.count + 1 }
        gate.signal()
        try await holder.value
        return tasks
    }

    private func pragma(_ text: String, _ notes: Notes) async throws -> Int64 {
        try await notes.database.transaction(.write) { connection in
            try #require(try connection.run(Statement("PRAGMA \(text)")).first).integer(0)
        }
    }
}

private struct Refusal: Error {
    let number: Int
}
