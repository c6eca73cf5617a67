import ArgumentParser
import Foundation
import Glibc
import Pledging
import Workflows

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check database, schema, key ring, settings and invariants, each with its cure.")
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
                "Advice: the key ring stands in the folder of the book; whoever takes one takes "
                    + "both. MAINSTAY_KEYS names another place.")
        }
        printer.remark("Time zones come from \(TimeZone.timeZoneDataVersion).")
        try checks.refuseUnsound()
    }

    /// What the open book says of itself; or, where it does not open, why.
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
                    cure: "if that does not say what to do: restore book and key ring from a backup"
                ))
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

    /// What the book says of itself that needs no key; or why it does not open.
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
    /// Prints all of them, each with its cure where it is not sound.
    func show(_ printer: Printer) throws {
        var list = printer.list(["check", "sound", "detail", "cure"])
        for check in self { try list.add(check.json) }
        try list.finish()
    }

    /// Exit 1 where any is not sound, after all was printed.
    func refuseUnsound() throws {
        let wrong = count { !$0.isSound }
        guard wrong == 0 else {
            throw Finding(code: ExitStatus.failed, line: "\(wrong) check(s) failed")
        }
    }
}
