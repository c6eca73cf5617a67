import ArgumentParser
import Foundation
import Pledging
import Workflows

struct SupporterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "supporter",
        abstract: "Supporters: people who give or asked to be reminded.",
        subcommands: [
            Add.self, List.self, Show.self, Update.self, Erase.self, Export.self,
        ])

    struct Add: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Add a supporter.")
        @ParentCommand var root: Mainstay
        @OptionGroup var person: PersonOptions

        func run(_ session: Session) async throws {
            try session.printer.show(
                await AddSupporter.run(person.person(), in: session.context).json)
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "List supporters, oldest first.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list(
                ["id", "email", "name", "locale", "country", "created_at"])
            try await BrowseBook.supporters(in: session.context).each { try list.add($0.json) }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one supporter, with pledges, payment methods and reminders.")
        @ParentCommand var root: Mainstay
        @Argument(help: "An id or an address; - reads it from standard input.") var who: String

        func run(_ session: Session) async throws {
            let found = try await BrowseBook.supporter(readEmail(who), in: session.context)
            if session.printer.isJSON { return try session.printer.show(found.json) }
            try session.printer.show(found.supporter.json)
            for pledge in found.pledges {
                try session.printer.show(pledge.json, title: "\npledge")
            }
            for method in found.methods {
                try session.printer.show(method.json, title: "\npayment method")
            }
            for reminder in found.reminders {
                try session.printer.show(reminder.json, title: "\nreminder")
            }
        }
    }

    struct Update: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a supporter's data; an empty text removes a value.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The supporter's id.") var id: String
        @Option(
            help: """
                A new address; - reads it from standard input. The old address gets a notice.
                """)
        var email: String?
        @Option(help: "A name.") var name: String?
        @Option(help: "A language tag, like ru or pt-BR.") var locale: String?
        @Option(help: "A country, like DE.") var country: String?
        @Option(help: "A time zone, like Europe/Berlin.") var timeZone: String?

        func run(_ session: Session) async throws {
            let changes = UpdateSupporter.Changes(
                email: try email.map(readEmail), name: name, locale: locale, country: country,
                timeZone: timeZone)
            try session.printer.show(
                await UpdateSupporter.run(
                    BrowseBook.id(id, .supporter), changes, in: session.context
                ).json)
        }
    }

    struct Erase: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase a supporter's personal data; amounts and ids stay for the accounts.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The supporter's id.") var id: String
        @Option(help: "Who asked: supporter or staff.") var by = Cancellation.Party.supporter
        @Flag(help: "Do not ask.") var yes = false

        func run(_ session: Session) async throws {
            try confirm(
                "\(id) will be erased and its pledges cancelled. This cannot be undone.",
                yes: yes, otherwise: "erasing cannot be undone; to confirm, give --yes")
            let answer = try await EraseSupporter.run(
                BrowseBook.id(id, .supporter), by: by, in: session.context)
            try session.printer.show(answer.supporter.json)
            guard !answer.isPurged else { return }
            session.printer.remark(logIsRead)
        }
    }

    struct Export: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Export all data about one supporter as JSON.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The supporter's id.") var id: String

        func run(_ session: Session) async throws {
            let held = try await ExportSupporter.run(
                BrowseBook.id(id, .supporter), in: session.context)
            try session.printer.write(held.text + "\n")
        }
    }
}
