import Pledging
import Store
import TestSupport
import Testing

@testable import Workflows

/// A dry run works on a copy: others go on, and nothing outside the copy is changed.
@Suite struct DryRunTests {
    @Test func `a reader registers in the middle of a dry run`() async throws {
        let test = try await TestBook()
        _ = try await test.ask(.week)
        let context = try test.context()
        try await context.dryRun { scratch in
            try await scratch.change { change in
                _ = try change.store.countRun(atLeast: 5)
            }
            _ = try await test.ask(.week, email: "other@example.org")
            let onCopy = try await scratch.look { try $0.store.supporters(after: "", limit: 9) }
            #expect(onCopy.count == 1)
        }
        #expect(try await test.supporters().count == 2)
        #expect(try await context.look { try $0.store.runs() } == 0)
    }

    @Test func `neither the journal nor the outbox hears of a dry run`() async throws {
        let test = try await TestBook()
        var settings = try test.context().settings
        settings.outboxFolder = test.folder.file("outbox")
        let context = try test.context(settings: settings)
        let id: ID<Supporter> = try context.ids.next(at: test.now)
        try await context.dryRun { scratch in
            #expect(scratch.settings.outboxFolder == nil)
            try scratch.book.journal.record(7, at: test.now)
            try scratch.book.journal.recordTombstones([
                .init(run: 7, deed: .erased, supporterID: id)
            ])
        }
        #expect(try context.book.journal.lastRun() == nil)
        #expect(try context.book.journal.tombstones().isEmpty)
    }

    @Test func `rows that repeat each other in different batches are counted once`() async throws {
        let test = try await TestBook()
        let once = (1...1_200).map { "r\($0)@example.org" }
        let bytes = Array(("email\n" + (once + once).joined(separator: "\n")).utf8)
        let rehearsed = try await test.importing(bytes, isDryRun: true)
        #expect(rehearsed.summary.imported == 1_200)
        #expect(rehearsed.summary.known == 1_200)
        #expect(try await test.importing(bytes).summary == rehearsed.summary)
    }
}
