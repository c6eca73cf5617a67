import ArgumentParser
import Pledging
import Workflows

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The key ring, which decrypts the book.",
        subcommands: [
            List.self, Rotate.self, Drop.self, Protect.self, Unlock.self, Export.self,
            Import.self,
        ])

    struct List: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys, without their secrets, and how many values each encrypts.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list([
                "id", "purpose", "state", "created_at", "sealed", "hashes",
            ])
            let keys = try await ListKeys.run(
                ring: session.location.storage, in: session.context)
            for key in keys { try list.add(key.json) }
            try list.finish()
        }
    }

    struct Rotate: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Add a key and re-encrypt the book with it while others work; continues an \
                interrupted rotation.
                """)
        @ParentCommand var root: Mainstay
        @Flag(
            help: """
                Rotate the hash key, by which people are found, instead of the encryption key.
                """)
        var hashes = false
        @Flag(help: "Only finish an interrupted rotation; add no key.") var resume = false

        func run(_ session: Session) async throws {
            let rotation = try await rotate(session)
            try session.printer.show(rotation.json)
            if rotation.wasUnfinished && !resume {
                session.printer.remark(
                    "An unfinished rotation was completed; no further key was added.")
            }
            if !rotation.isPurged {
                session.printer.remark(
                    "Another process still reads an older state of the book: data encrypted with "
                        + "former keys stays in the write-ahead log until that process ends.")
            }
            session.printer.remark(
                "Copies of the key ring elsewhere lack the new key: 'mainstay keys export' makes "
                    + "another.")
        }

        private func rotate(_ session: Session) async throws -> KeyRotation {
            let ring = session.location.storage
            let progress = session.printer.progress(hashes ? "addresses" : "values")
            defer { progress.finish() }
            return try await hashes
                ? RotateHashKey.run(
                    onlyResumes: resume, ring: ring, in: session.context, progress: progress.show)
                : RotateSealKey.run(
                    onlyResumes: resume, ring: ring, in: session.context, progress: progress.show)
        }
    }

    struct Drop: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Destroy a former key that the book no longer uses.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The key's number.") var id: UInt16

        func run(_ session: Session) async throws {
            try await DropKey.run(id, ring: session.location.storage, in: session.context)
            try session.printer.show(["dropped": .integer(Int64(id))])
            session.printer.remark(
                "Backups and copies of the book that use this key can now be opened only with a "
                    + "copy of the key ring that still has it.")
        }
    }

    struct Protect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Encrypt the key ring with a passphrase, or change the passphrase.")
        @ParentCommand var root: Mainstay
        @Option(
            help: "A file with the new passphrase; without it, the file that the settings name.")
        var passphraseFile: String?

        func run() async throws {
            let location = try BookLocation(try await SettingsSource(root))
            try location.protectRing(passphraseFile)
            let printer = Printer(root)
            try printer.show(["keys": .string(location.ringPath), "protected": .bool(true)])
            printer.remark(
                "Set MAINSTAY_KEYS_PASSPHRASE_FILE to a file with the passphrase, or provide it as "
                    + "a systemd credential. Without the passphrase, nobody can read the book. The "
                    + "disk may still contain the ring as it was before.")
            try printer.finish()
        }
    }

    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove the passphrase from the key ring.")
        @ParentCommand var root: Mainstay
        @Option(
            help: """
                A file with the present passphrase; without it, the file that the settings name.
                """)
        var passphraseFile: String?

        func run() async throws {
            let location = try BookLocation(try await SettingsSource(root))
            try location.unlockRing(passphraseFile)
            let printer = Printer(root)
            try printer.show(["keys": .string(location.ringPath), "protected": .bool(false)])
            try printer.finish()
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Export a copy of the key ring, encrypted with a passphrase, to keep elsewhere.
                """)
        @ParentCommand var root: Mainstay
        @Argument(help: "A new file; an existing one is never overwritten.") var file: String
        @Option(help: "A file with the passphrase of the copy.") var passphraseFile: String

        func run() async throws {
            let location = try BookLocation(try await SettingsSource(root))
            let ring = try location.exportRing(to: file, passphraseFile: passphraseFile)
            let printer = Printer(root)
            try printer.show([
                "file": .string(file), "book": .string(ring.book),
                "count": .integer(Int64(ring.count)),
            ])
            printer.remark("Keep file and passphrase in two places, neither beside the book.")
            try printer.finish()
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Import an exported key ring if the ring is missing; an existing one is never \
                overwritten.
                """)
        @ParentCommand var root: Mainstay
        @Argument(help: "An export of the ring.") var file: String
        @Option(help: "A file with the passphrase of the export.") var passphraseFile: String

        func run() async throws {
            let location = try BookLocation(try await SettingsSource(root))
            let ring = try await location.importRing(
                from: file, passphraseFile: passphraseFile)
            let printer = Printer(root)
            try printer.show([
                "keys": .string(location.ringPath), "book": .string(ring.book),
                "count": .integer(Int64(ring.count)),
            ])
            printer.remark(
                "It is protected by a passphrase: the settings' one if set, else the export's. "
                    + "'mainstay keys unlock' removes it.")
            try printer.finish()
        }
    }
}
