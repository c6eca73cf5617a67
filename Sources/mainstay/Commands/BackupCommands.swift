import ArgumentParser
import Pledging
import Workflows

struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write an encrypted backup of the book, while others work on it.")

    @ParentCommand var root: Mainstay
    @Argument(help: "A new file; an existing one is never overwritten.") var file: String
    @Option(
        help: """
            A file with a passphrase to encrypt the backup with; without it, the key ring is used.
            """)
    var passphraseFile: String?

    func run() async throws {
        let location = try BookLocation(try await SettingsSource(root))
        let now = try root.clock()()
        let printer = Printer(root)
        let copying = printer.progress("pages")
        defer { copying.finish() }
        let sealing = printer.progress("MiB")
        defer { sealing.finish() }
        let facts = try await location.backUp(
            to: file, passphraseFile: passphraseFile, at: now,
            copied: { copying.report($0, of: $1) }, sealed: { sealing.report($0, of: $1) })
        copying.finish()
        sealing.finish()
        try printer.show(facts.json("file", file))
        printer.remark(
            passphraseFile == nil
                ? "Only this book's key ring can decrypt it: keep a copy of the ring elsewhere."
                : "Restoring needs the passphrase and the book's key ring: keep both.")
        try printer.finish()
    }
}

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decrypt a backup and check all of it; needs the book's key ring.")

    @ParentCommand var root: Mainstay
    @Argument(help: "A backup.") var file: String
    @Option(help: "A file with the passphrase of the backup.")
    var passphraseFile: String?

    func run() async throws {
        let location = try BookLocation(try await SettingsSource(root))
        let printer = Printer(root)
        let progress = printer.progress("MiB")
        defer { progress.finish() }
        let checks = try await location.verify(
            file, passphraseFile: passphraseFile, opened: { progress.report($0, of: $1) })
        progress.finish()
        try checks.show(printer)
        try checks.refuseUnsound()
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Restore a backup to the --database path; an existing book is never overwritten.
            """)

    @ParentCommand var root: Mainstay
    @Argument(help: "A backup.") var file: String
    @Option(help: "A file with the passphrase of the backup.")
    var passphraseFile: String?

    func run() async throws {
        let location = try BookLocation(try await SettingsSource(root))
        let printer = Printer(root)
        let progress = printer.progress("MiB")
        defer { progress.finish() }
        let restored = try await location.restore(
            file, passphraseFile: passphraseFile, opened: { progress.report($0, of: $1) })
        progress.finish()
        try printer.show(restored.facts.json("database", location.path))
        if restored.advice.needsMigration {
            printer.remark("Its schema is older than this program's: run 'mainstay migrate' next.")
        }
        printer.remark(
            "It is held: no job runs on it. To make it the current book, run 'mainstay release'.")
        try printer.finish()
    }
}
