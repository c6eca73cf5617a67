import ArgumentParser
import Pledging
import Workflows

struct Init: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create a book and its key ring; existing ones are never overwritten.")

    @ParentCommand var root: Mainstay
    @Option(help: "The newsroom's name, as readers know it.") var name: String?
    @Option(help: "The time zone in which a billing day begins.") var timeZone = "UTC"

    func run() async throws {
        let source = try await SettingsSource(root)
        let location = try BookLocation(source)
        guard TimeZoneRules(identifier: timeZone) != nil else {
            throw Problem(
                .invalid, field: .timeZone, "is not an IANA time zone; write it like Europe/Berlin")
        }
        let newsroom = Newsroom(name: name, timeZone: timeZone)
        try await location.create(newsroom, at: root.clock()())
        let printer = Printer(root)
        try printer.show([
            "database": .string(location.path), "keys": .string(location.ringPath),
        ])
        if location.sharesFolder {
            printer.remark(
                "Keep a copy of the key ring elsewhere: without it, nobody can read the book. "
                    + "Whoever copies this folder has both; set MAINSTAY_KEYS to store the ring in "
                    + "another place.")
        }
        try printer.finish()
    }
}

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Migrate the book to this program's schema.")

    @ParentCommand var root: Mainstay
    @Flag(help: "List pending migrations, and change nothing.") var dryRun = false

    func run() async throws {
        let location = try BookLocation(try await SettingsSource(root))
        let opened = try location.open()
        defer { opened.close() }
        let steps = try await MigrateBook.run(
            on: opened.book, isDryRun: dryRun, at: try root.clock()())
        let printer = Printer(root)
        var list = printer.list(["version", "name"])
        for step in steps {
            try list.add(["version": .integer(Int64(step.version)), "name": .string(step.name)])
        }
        try list.finish()
        printer.remark(
            steps.isEmpty
                ? "The schema is current."
                : "\(steps.count) migration(s) \(dryRun ? "pending" : "applied").")
    }
}

struct NewsroomCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "newsroom",
        abstract: "Show or change the newsroom's settings that are stored in the book.",
        subcommands: [Show.self, Set.self])

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Show the newsroom's settings.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            try session.printer.show(await SetNewsroom.show(in: session.context).json)
        }
    }

    struct Set: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the newsroom's settings; an empty text removes a value.")
        @ParentCommand var root: Mainstay
        @Option(help: "The newsroom's name, as readers know it.") var name: String?
        @Option(help: "The legal name, shown in every mail.") var legalName: String?
        @Option(help: "The postal address, shown in every support mail.")
        var postalAddress: String?
        @Option(help: "The time zone in which a billing day begins, like Europe/Berlin.")
        var timeZone: String?
        @Option(
            help: "open, or discreet: sender and subject of mails do not name the newsroom.")
        var profile: Newsroom.Profile?

        func run(_ session: Session) async throws {
            let changes = SetNewsroom.Changes(
                name: name, legalName: legalName, postalAddress: postalAddress,
                timeZone: timeZone, profile: profile)
            try session.printer.show(await SetNewsroom.run(changes, in: session.context).json)
        }
    }
}

struct EventCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "event", abstract: "List events.", subcommands: [List.self])

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "List events, oldest first.")
        @ParentCommand var root: Mainstay
        @Option(help: "Only this type, like pledge.registered.") var type: String?
        @Option(help: "Only events of the object with this id.") var subject: String?
        @Option(help: "Only since this time.") var since: Instant?

        func run(_ session: Session) async throws {
            let wanted = type.flatMap { EventType(rawValue: $0) }
            guard type == nil || wanted != nil else {
                throw Problem(.invalid, option: "--type", "is not a type of event")
            }
            var list = session.printer.list(
                ["at", "type", "subject_id", "sequence", "actor", "by", "id"])
            try await BrowseBook.events(
                type: wanted, subjectID: subject, since: since, in: session.context
            ).each { event in
                try list.add(event.json)
            }
            try list.finish()
        }
    }
}

struct SuppressionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suppression", abstract: "Addresses that get no mail.",
        subcommands: [Add.self, List.self, Remove.self])

    struct Add: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send this address no more mail.")
        @ParentCommand var root: Mainstay
        @Option(help: "The address; - reads it from standard input.") var email: String
        @Option(help: "support (reminders only) or all.") var scope = SuppressionScope.support
        @Option(help: "optOut, bounce, complaint or staff.") var reason = SuppressionReason.staff

        func run(_ session: Session) async throws {
            try await SuppressAddress.run(
                readEmail(email), scope, reason, in: session.context)
            try session.printer.show(["scope": .string(scope.rawValue)])
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                List suppressions as keyed hash, scope and reason; addresses are not stored.
                """)
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list(["hash", "scope", "reason", "created_at"])
            try await BrowseBook.suppressions(in: session.context).each { row in
                try list.add(row.json)
            }
            try list.finish()
        }
    }

    struct Remove: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lift a suppression by staff, a bounce or a complaint.")
        @ParentCommand var root: Mainstay
        @Option(help: "The address; - reads it from standard input.") var email: String

        func run(_ session: Session) async throws {
            let left = try await LiftSuppression.run(readEmail(email), in: session.context)
            try session.printer.show(
                .members([
                    "lifted": .bool(true), "still_suppressed": left.map { .string($0.rawValue) },
                ]))
            if left != nil {
                session.printer.remark(
                    "The reader's own opt-out stays; only a link in a mail to the reader lifts "
                        + "it.")
            }
        }
    }
}
