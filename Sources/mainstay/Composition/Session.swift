import ArgumentParser
import Foundation
import OpenSSL
import Pledging
import Store
import Workflows

/// A command that works on a book.
protocol BookCommand: AsyncParsableCommand {
    var root: Mainstay { get }
    /// Whether it also runs on a book whose keys were destroyed; it then reads nothing sealed.
    var needsNoKeys: Bool { get }
    func run(_ session: Session) async throws
}

extension BookCommand {
    var needsNoKeys: Bool { false }

    func run() async throws {
        try await Session.open(root, withoutKeys: needsNoKeys, run)
    }
}

/// One command's run: the opened book, and where its results go.
struct Session {
    let context: Context
    let printer: Printer
    let source: SettingsSource
    let location: BookLocation

    /// Opens the book, runs `body`, and closes the book whatever happens. `withoutKeys` also opens
    /// a book whose keys were destroyed; then nothing sealed can be read, and nothing written.
    static func open(
        _ root: Mainstay, withoutKeys: Bool = false, _ body: (Session) async throws -> Void
    ) async throws {
        try Catalogue.checkBuiltIn()
        let source = try await SettingsSource(root)
        let location = try BookLocation(source)
        let clock = try root.clock()
        if root.now != nil { try source.refuseRehearsal() }
        let opened = try (withoutKeys ? location.openWithoutKeys() : nil) ?? location.open()
        defer { opened.close() }
        if opened.hasKeys {
            try await MigrateBook.checkCurrent(opened.book)
        } else {
            try await MigrateBook.checkSchema(opened.book)
        }
        var settings = try source.settings()
        settings.outboxFolder = location.outboxFolder
        let context = Context(
            book: opened.book, ids: IDSource(random: location.random),
            actor: .cli(user: userName()), settings: settings,
            logger: try source.logger(), clock: clock)
        let printer = Printer(root)
        let session = Session(
            context: context, printer: printer, source: source, location: location)
        do {
            try await body(session)
        } catch {
            // A command may print what it did and then fail: the result comes before the error.
            try? printer.flush()
            throw error
        }
        try printer.finish()
    }

    private static func userName() -> String? {
        let environment = ProcessInfo.processInfo.environment
        return environment["SUDO_USER"] ?? environment["LOGNAME"] ?? environment["USER"]
    }
}

extension Mainstay {
    /// Returns the machine's clock, or the fixed time of a rehearsal. Throws Problem if that is not
    /// an RFC 3339 time.
    func clock() throws -> @Sendable () -> Instant {
        guard let now else {
            return { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
        }
        guard let instant = Instant(rfc3339: now) else {
            throw Problem(
                .invalid, option: "--now",
                "is not an RFC 3339 time; write it like "
                    + "2026-12-01T10:00:00Z")
        }
        return { instant }
    }
}
