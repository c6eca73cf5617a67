import ArgumentParser
import Foundation
import Glibc
import Pledging
import Workflows

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Check database, schema, key ring, settings and invariants; says how to mend each \
            failure.
            """)
    @ParentCommand var root: Mainstay

    func run() async throws {
        let source = try await SettingsSource(root)
        let location = try BookLocation(source)
        let checks = try await checks(location)
        let printer = Printer(root)
        try checks.show(printer)
        try show(source, printer)
        if location.sharesFolder {
            printer.remark(
                "Advice: the key ring is in the book's folder; whoever copies the folder has "
                    + "both. Set MAINSTAY_KEYS to store the ring in another place.")
        }
        printer.remark("Time zones come from \(TimeZone.timeZoneDataVersion).")
        try checks.refuseUnsound()
    }

    /// Returns the checks of the open book; or, if it does not open, a check that says why.
    private func checks(_ location: BookLocation) async throws -> [RunDoctor.Check] {
        var checks: [RunDoctor.Check] = []
        do {
            try await Session.open(root) { session in
                checks = try await RunDoctor.run(in: session.context)
            }
            checks.append(location.liveCheck)
        } catch  where location.isDestroyed {
            guard let failure = ExitStatus(error) else { throw error }
            checks.append(
                RunDoctor.Check(
                    "keys", false, failure.line,
                    cure: "import an exported ring, or make a new book at another path: mainstay "
                        + "--database … init"))
            checks += try await withoutKeys()
            return checks
        } catch {
            guard let failure = ExitStatus(error) else { throw error }
            checks.append(
                RunDoctor.Check(
                    "book", false, failure.line,
                    cure: "if the detail does not say what to do, restore book and key ring from a "
                        + "backup"))
        }
        var status = stat()
        guard stat(location.ringPath, &status) == 0 else { return checks }
        let isPrivate = status.st_mode & 0o077 == 0
        checks.append(
            RunDoctor.Check(
                "key ring", isPrivate,
                isPrivate ? "others cannot read it" : "others can read it",
                cure: "chmod 600 \(location.ringPath)"))
        return checks
    }

    /// Returns the checks that need no key; or, if the book does not open, one that says why.
    private func withoutKeys() async throws -> [RunDoctor.Check] {
        var checks: [RunDoctor.Check] = []
        do {
            try await Session.open(root, withoutKeys: true) { session in
                checks = try await RunDoctor.runWithoutKeys(in: session.context)
            }
        } catch {
            guard let failure = ExitStatus(error) else { throw error }
            checks.append(
                RunDoctor.Check(
                    "book", false, failure.line, cure: "restore the book from a backup"))
        }
        return checks
    }

    private func show(_ source: SettingsSource, _ printer: Printer) throws {
        var list = printer.list(["setting", "value", "from"])
        for found in source.all {
            let shown = found.isSecret && found.value != nil ? "…" : found.value
            try list.add([
                "setting": .string(found.key), "value": shown.map { .string($0) } ?? .null,
                "from": .string(found.origin.rawValue),
            ])
        }
        try list.finish()
    }
}

extension [RunDoctor.Check] {
    /// Prints all checks, each with its cure if it is not sound.
    func show(_ printer: Printer) throws {
        var list = printer.list(["check", "sound", "detail", "cure"])
        for check in self { try list.add(check.json) }
        try list.finish()
    }

    /// Throws a Finding with exit code 1 if a check is not sound; call it after printing.
    func refuseUnsound() throws {
        let wrong = count { !$0.isSound }
        guard wrong == 0 else {
            throw Finding(code: ExitStatus.failed, line: "\(wrong) check(s) failed")
        }
    }
}
