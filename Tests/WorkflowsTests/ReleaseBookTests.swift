import Foundation
import Pledging
import Store
import TestSupport
import Testing
import Webhooks
import Workflows

/// A copy of the book that is older than its journal.
@Suite struct ReleaseBookTests {
    private func expectHeld(_ test: TestBook) async throws {
        await expectRefusal(.notPermitted) { try await test.sendReminders() }
        await expectRefusal(.notPermitted) { try await test.sendReminders(isDryRun: true) }
        await expectRefusal(.notPermitted) { try await test.post() }
        await expectRefusal(.notPermitted) {
            try await RunBilling.run(through: Processors([]), in: test.context())
        }
        await expectRefusal(.notPermitted) {
            try await RunBilling.run(
                .init(isDryRun: true), through: Processors([]), in: test.context())
        }
        let message = await expectRefusal(.notPermitted) {
            try await DeliverWebhooks.run(
                through: { _ in .failed("nobody") }, in: test.context())
        }
        #expect(message.contains("mainstay release"))
        // An erasure here would count as one that this copy has seen, so it is refused too.
        let runs = try await test.book.read { try $0.runs() }
        await expectRefusal(.notPermitted) {
            try await RunRetention.run(isDryRun: false, in: test.context())
        }
        await expectRefusal(.notPermitted) {
            try await DesignateCountry.run("RU", on: nil, in: test.context())
        }
        if let someone = try await test.supporters().first {
            await expectRefusal(.notPermitted) {
                try await EraseSupporter.run(someone.id, by: .supporter, in: test.context())
            }
        }
        #expect(try await test.book.read { try $0.runs() } == runs)
        let checks = try await RunDoctor.run(in: test.context())
        #expect(checks.contains { $0.name == "copy" && !$0.isSound })
    }

    @Test func `a book that no job ran on is not held, nor is its copy`() async throws {
        let test = try await TestBook()
        try await test.register()
        let copy = try await test.copy()
        _ = try await copy.sendReminders()
        #expect(try await copy.faults() == [])
    }

    @Test func `a copy is held from the first run that it has not seen`() async throws {
        let test = try await TestBook()
        let copy = try await test.copy()
        _ = try await test.sendReminders()
        try await expectHeld(copy)
        let later = try await test.copy()
        _ = try await later.sendReminders()
        // Now the first copy is the older one.
        try await expectHeld(test)
    }

    @Test func `a copy is held from the first erasure that it has not seen`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        let copy = try await test.copy()
        _ = try await EraseSupporter.run(pledge.supporterID, by: .supporter, in: test.context())
        try await expectHeld(copy)
    }

    @Test func `what is registered meanwhile is taken; only what acts on the outside waits`()
        async throws
    {
        let test = try await TestBook()
        let copy = try await test.copy()
        _ = try await test.sendReminders()
        try await copy.register()
        try await copy.ask(.week, email: "other@example.org")
    }

    @Test func `nobody who was erased is back after the release`() async throws {
        let test = try await TestBook()
        let people = ["a", "b", "c"].map { "\($0)@example.org" }
        var ids: [ID<Supporter>] = []
        for email in people {
            let pledge = try await test.register {
                $0.person = PersonInput(email: email)
                $0.source = email
            }.pledge
            ids.append(pledge.supporterID)
        }
        let copy = try await test.copy()
        for id in ids.dropLast() {
            _ = try await EraseSupporter.run(id, by: .supporter, in: test.context())
        }
        let summary = try await ReleaseBook.run(sendsAgain: false, in: copy.context())
        #expect(summary.erased == 2)
        #expect(try await copy.supporters().map { $0.contact == nil } == [true, true, false])
        #expect(try await copy.pledges().map(\.state) == [.cancelled, .cancelled, .pending])
        _ = try await copy.sendReminders()
        try await expectSound(copy)
        try await expectHeld(test)
    }

    @Test func `an erasure that was cut off before its commit holds the book until it is done`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.register().pledge
        try test.book.journal.recordTombstones([
            RingJournal.Tombstone(run: 1, deed: .erased, supporterID: pledge.supporterID)
        ])
        try await expectHeld(test)
        #expect(try await ReleaseBook.run(sendsAgain: false, in: test.context()).erased == 1)
        #expect(try await test.supporters().map(\.contact) == [nil])
        _ = try await test.sendReminders()
    }

    @Test(arguments: [false, true])
    func `what the other copy may have sent is sent again only if that is asked for`(
        sendsAgain: Bool
    ) async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.week)
        try await test.ask(.every(months: 1), email: "other@example.org")
        let copy = try await test.copy()
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        #expect(try await test.post().count == 2)
        copy.now = test.now.adding(hours: 1)
        let summary = try await ReleaseBook.run(sendsAgain: sendsAgain, in: copy.context())
        #expect(summary.skippedReminders == (sendsAgain ? 0 : 1))
        #expect(summary.droppedMails == (sendsAgain ? 0 : 1))
        _ = try await copy.sendReminders()
        #expect(try await copy.post().count == (sendsAgain ? 2 : 0))
        #expect(try await copy.reminder(reminder.id).reason == (sendsAgain ? nil : "perhapsSent"))
        try await expectSound(copy)
    }

    @Test func `a notice of a charge is told again rather than never`() async throws {
        let test = try await TestBook()
        try await test.plant { ($0.interval, $0.nextChargeOn) = (.year, "2026-12-05") }
        let copy = try await test.copy()
        _ = try await test.sendReminders()
        try await test.post()
        _ = try await ReleaseBook.run(sendsAgain: false, in: copy.context())
        _ = try await copy.sendReminders()
        #expect(try await copy.mails() == ["upcomingCharge queued"])
    }

    @Test func `a series goes on after the step that may have been sent`() async throws {
        let test = try await TestBook()
        let reminder = try await test.ask(.every(months: 1))
        let token = try #require(await test.post().first?.token(of: "confirm"))
        try await test.follow(token, .confirm)
        let copy = try await test.copy()
        test.now = reminder.dueAt
        _ = try await test.sendReminders()
        copy.now = test.now
        _ = try await ReleaseBook.run(sendsAgain: false, in: copy.context())
        #expect(try await copy.reminders().map(\.state) == [.skipped, .scheduled])
    }

    @Test func `a book that is not held has nothing to release`() async throws {
        let test = try await TestBook()
        await expectRefusal(.conflict) {
            try await ReleaseBook.run(sendsAgain: false, in: test.context())
        }
    }

    @Test func `two runs at once are two numbers, and the later one is remembered`() async throws {
        let test = try await TestBook()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await test.sendReminders() } }
            try await group.waitForAll()
        }
        #expect(try test.book.journal.lastRun()?.number == 8)
        #expect(try await test.rows("SELECT runs FROM newsroom").first?.integer(0) == 8)
    }

    @Test func `a torn last line of the journal is ignored, and the next one is read`() throws {
        let folder = try TemporaryFolder()
        let ring = folder.file("ring")
        let journal = RingJournal(ringPath: ring)
        let ids = try ["a", "b"].map { _ in try ID<Supporter>(parsing: exampleID) }
        try journal.recordTombstones([.init(run: 1, deed: .erased, supporterID: ids[0])])
        let path = ring + ".erased"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "2 erased sup_01").write(toFile: path, atomically: false, encoding: .utf8)
        #expect(try journal.tombstones().map(\.run) == [1])
        try journal.recordTombstones([.init(run: 3, deed: .removed, supporterID: ids[1])])
        #expect(try journal.tombstones().map(\.run) == [1, 3])
        #expect(try journal.lastRun()?.number == 3)
    }

    private let exampleID = "sup_01h455vb4pex5vsknk084sn02q"
}
