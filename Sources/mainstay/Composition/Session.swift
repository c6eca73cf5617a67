import ArgumentParser
import Foundation
import OpenSSL
import Pledging
import Store
import Workflows

/// A command that works on a book.
protocol BookCommand: AsyncParsableCommand {
    var root: Mainstay { get }
    /// Whether it runs on a book whose keys were destroyed, and asks for nothing that is sealed.
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

    /// Opens the book, runs `body`, and closes it whatever happens. `withoutKeys` opens one whose
    /// keys were destroyed, too; then nothing that is sealed can be read, and nothing written.
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
        try await body(
            Session(
                context: context, printer: printer, source: source, location: location))
        try printer.finish()
    }

    private static func userName() -> String? {
        let environment = ProcessInfo.processInfo.environment
        return environment["SUDO_USER"] ?? environment["LOGNAME"] ?? environment["USER"]
    }
}

extension Mainstay {
    /// The machine's clock, or the standing time of a rehearsal.
    func clock() throws -> @Sendable () -> Instant {
        guard let now else {
            return { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) }
        }
        guard let instant = Instant(rfc3339: now) else {
            throw Problem(
                .invalid, option: "--now",
                "no RFC 3339 time; write it like "
                    + "2026-12-01T10:00:00Z")
        }
        return { instant }
    }
}
