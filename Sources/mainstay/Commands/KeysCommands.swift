import ArgumentParser
import Pledging
import Workflows

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "The key ring: what opens the book.",
        subcommands: [
            List.self, Rotate.self, Drop.self, Protect.self, Unlock.self, Export.self,
            Import.self,
        ])

    struct List: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "The keys, without their secrets, and how much stands under each.")
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
                Add a key and bring the book under it while others work; goes on with a rotation \
                that was cut off.
                """)
        @ParentCommand var root: Mainstay
        @Flag(help: "The key of hashes, by which people are found, not the one that seals.")
        var hashes = false
        @Flag(help: "Only finish what was cut off; add no key.") var resume = false

        func run(_ session: Session) async throws {
            let rotation = try await rotate(session)
            try session.printer.show(rotation.json)
            if rotation.wasUnfinished && !resume {
                session.printer.remark(
                    "A rotation was unfinished: it is finished now, and no other key was added.")
            }
            if !rotation.isPurged {
                session.printer.remark(
                    "Another process still reads an older state of the book: what stood under "
                        + "former keys is in its write-ahead log until that process is done.")
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
            abstract: "Destroy a former key that nothing in the book stands under any more.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The key's number.") var id: UInt16

        func run(_ session: Session) async throws {
            try await DropKey.run(id, ring: session.location.storage, in: session.context)
            try session.printer.show(["dropped": .integer(Int64(id))])
            session.printer.remark(
                "Backups and copies of the book that were sealed under it open no more, but by a "
                    + "copy of the key ring that still has it.")
        }
    }

    struct Protect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal the key ring under a passphrase, or under another one.")
        @ParentCommand var root: Mainstay
        @Option(help: "A file with the new passphrase; without it, that of the settings.")
        var passphraseFile: String?

        func run() async throws {
            let location = try BookLocation(try await SettingsSource(root))
            try location.protectRing(passphraseFile)
            let printer = Printer(root)
            try printer.show(["keys": .string(location.ringPath), "protected": .bool(true)])
            printer.remark(
                "MAINSTAY_KEYS_PASSPHRASE_FILE must name a file that holds it, or a credential of "
                    + "systemd. Without the passphrase nobody reads the book; the disk may still "
                    + "hold the ring as it was before.")
            try printer.finish()
        }
    }

    struct Unlock: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the passphrase off the key ring.")
        @ParentCommand var root: Mainstay
        @Option(help: "A file with the present passphrase; without it, that of the settings.")
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
            abstract: "Write a copy of the key ring under a passphrase, to be kept elsewhere.")
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
            abstract: "Put an exported key ring in the place of one that is gone, never over one.")
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
                "It is under a passphrase: that of the settings, else the one that it came with. "
                    + "'mainstay keys unlock' takes it off.")
            try printer.finish()
        }
    }
}
