import Foundation
import Mail
import OpenSSL
import Payments
import Pledging
import SQLiteDriver
import Store
import Synchronization
import TestSupport
import Workflows

/// Violations that were seen.
final class Complaints: Sendable {
    private let list = Mutex<[String]>([])

    func add(_ text: String) { list.withLock { $0.append(text) } }

    func take() -> [String] {
        list.withLock { list in
            defer { list = [] }
            return list
        }
    }
}

/// The newsroom's machine: its book, the ring, and the programs that run on them.
final class Desk {
    let clock: WorldClock
    let processor: SimulatedProcessor
    let post: Post
    let complaints = Complaints()
    let letterbox = Letterbox()
    private let folder: String
    private let keys: KeyRing
    private let journal: RingJournal
    private let ids: IDSource
    private let templates: TemplateLibrary
    private(set) var database: SQLiteDatabase
    private var path: String
    private var copies = 0
    private var copied: String?

    init(clock: WorldClock, processor: SimulatedProcessor, dice: Dice) async throws {
        self.clock = clock
        self.processor = processor
        post = Post(clock: clock, dice: dice.fork())
        folder = try Desk.makeFolder()
        path = folder + "/book.db"
        let bits = dice.fork()
        ids = IDSource(bits: { UInt128(bits.bits()) << 64 | UInt128(bits.bits()) })
        templates = try TemplateLibrary(overridesFolder: nil)
        keys = try KeyRingFile.makeKeys(
            bookID: ids.next(at: clock.now), at: clock.now, random: RandomSource())
        journal = RingJournal(ringPath: folder + "/book.keys")
        let created = try SQLiteDatabase(creating: path, bookTag: 1)
        let newsroom = Pledging.Newsroom(
            name: "The Daily Seed", legalName: "Daily Seed gGmbH", postalAddress: "Seedstr. 1",
            timeZone: "Europe/Berlin")
        try await CreateBook.run(
            newsroom, on: Book(driver: created, keys: keys, journal: journal), at: clock.now)
        try created.close()
        database = try SQLiteDatabase(opening: path, execution: .inline)
    }

    deinit {
        try? database.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// In memory if the machine has such a folder, because every commit of the book waits for its
    /// disk.
    private static func makeFolder() throws -> String {
        let shared = "/dev/shm/"
        let root = access(shared, W_OK) == 0 ? shared : NSTemporaryDirectory()
        var template = Array((root + "mainstay-simulation-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var book: Book { Book(driver: database, keys: keys, journal: journal) }

    /// Makes one run of a program, whose clock is ahead by `skewMilliseconds`.
    func program(
        _ life: Life = Life(), skewMilliseconds: Int64 = 0, actor: Actor = .job("simulation")
    ) throws -> Program {
        var settings = try Settings()
        settings.linksBaseURL = "https://seed.example"
        let clock = clock
        let now: @Sendable () -> Instant = { clock.now.adding(milliseconds: skewMilliseconds) }
        let witness = Witness(
            book: book, processor: processor, letterbox: letterbox, complaints: complaints,
            clock: now)
        let mortal = MortalProcessor(base: processor, life: life) { await witness.look(at: $0) }
        return Program(
            context: Context(
                book: Book(
                    driver: MortalDriver(inner: database, life: life), keys: keys,
                    journal: journal),
                ids: ids, actor: actor, settings: settings, fileCalls: .inline, clock: now),
            processors: Processors([mortal]), processor: mortal, life: life, post: post,
            templates: templates)
    }

    // MARK: Copies

    private static let journalFiles = [".runs", ".erased"]

    private func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + name)
    }

    func copyBook() async throws {
        guard copied == nil else { return }
        _ = try await database.purgeLog()
        copies += 1
        let copy = folder + "/copy\(copies).db"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        for name in Self.journalFiles where exists("book.keys" + name) {
            try FileManager.default.copyItem(
                atPath: folder + "/book.keys" + name, toPath: copy + name)
        }
        copied = copy
    }

    /// Replaces the book with the older copy; returns false if there is none. `withJournal`: the
    /// whole folder is put back, so that nothing tells the copy what it missed.
    func restoreCopy(withJournal: Bool) throws -> Bool {
        guard let copy = copied else { return false }
        try database.close()
        for name in Self.journalFiles where withJournal {
            try? FileManager.default.removeItem(atPath: folder + "/book.keys" + name)
            if FileManager.default.fileExists(atPath: copy + name) {
                try FileManager.default.copyItem(
                    atPath: copy + name, toPath: folder + "/book.keys" + name)
            }
        }
        database = try SQLiteDatabase(opening: copy, execution: .inline)
        path = copy
        copied = nil
        return true
    }
}

/// One run of a program.
struct Program: Sendable {
    let context: Context
    let processors: Processors
    let processor: MortalProcessor
    let life: Life
    let post: Post
    let templates: TemplateLibrary

    enum Job: String, Sendable { case remind, bill, reconcile, compare, retain }

    func run(_ job: Job) async throws {
        switch job {
        case .remind:
            _ = try await SendReminders.run(in: context)
            _ = try await DeliverMail.run(through: post, templates: templates, in: context)
        case .bill: _ = try await RunBilling.run(through: processors, in: context)
        case .reconcile: _ = try await ReconcileCharges.run(through: processors, in: context)
        case .compare: _ = try await CompareBooks.run(through: processors, in: context)
        case .retain: _ = try await RunRetention.run(isDryRun: false, in: context)
        }
    }

    /// Runs the job to its end. Returns why it failed; nil if it succeeded, was killed, or was
    /// refused because of its clock.
    func outcome(of job: Job, isSkewed: Bool) async -> String? {
        do {
            try await run(job)
            return nil
        } catch {
            if life.isOver { return nil }
            if isSkewed, let problem = error as? Problem, problem.kind == .notPermitted {
                return nil
            }
            if post.isDown, job == .remind, let problem = error as? Problem,
                problem.kind == .unavailable
            {
                return nil
            }
            return "\(job.rawValue) failed: \(error)"
        }
    }
}
