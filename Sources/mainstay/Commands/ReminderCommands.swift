import ArgumentParser
import Foundation
import Pledging
import Workflows

struct ReminderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reminder", abstract: "Reminders: add, list, show and cancel them.",
        subcommands: [Add.self, List.self, Show.self, Cancel.self])

    struct Add: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Schedule a reminder for a reader who is not ready to give; next month if no time \
                is given.
                """)
        @ParentCommand var root: Mainstay
        @OptionGroup var person: PersonOptions
        @Option(name: .customLong("in"), help: "week, month, 3months or 6months.")
        var delay: ReminderDelay?
        @Option(help: "A day, up to 13 months ahead.") var on: CivilDate?
        @Option(help: "Recurring: every 1, 3, 6 or 12 months.") var every: Int?
        @Option(
            help: "The country of the reader's connection, if the page knows it; not stored.")
        var connectionCountry: String?

        func validate() throws {
            let given = [delay != nil, on != nil, every != nil].count { $0 }
            guard given <= 1 else {
                throw ValidationError("Give one of --in, --on and --every.")
            }
        }

        func run(_ session: Session) async throws {
            let choice =
                delay?.choice ?? on.map { .on($0) } ?? every.map { .every(months: $0) }
                ?? .nextMonth
            let request = ScheduleReminder.Request(
                person: try person.person(), choice: choice, door: "cli", wording: "staff",
                connectionCountry: connectionCountry)
            try session.printer.show(
                await ScheduleReminder.run(request, in: session.context).json)
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "List reminders, oldest first.")
        @ParentCommand var root: Mainstay
        @Option(help: "Only reminders in this state.") var state: ReminderState?
        @Option(help: "Only those due before this time.") var dueBefore: Instant?

        func run(_ session: Session) async throws {
            var list = session.printer.list(
                ["id", "kind", "state", "due_at", "every_months", "reason", "supporter_id"])
            try await BrowseBook.reminders(
                state: state, dueBefore: dueBefore, in: session.context
            ).each { try list.add($0.json) }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Show one reminder.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The reminder's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await BrowseBook.reminder(
                    BrowseBook.id(id, .reminder), in: session.context
                ).json)
        }
    }

    struct Cancel: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Cancel a reminder.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The reminder's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await CancelReminder.run(
                    BrowseBook.id(id, .reminder), in: session.context
                ).json)
        }
    }
}

struct LinkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Links in mails to readers.", subcommands: [Follow.self])

    struct Follow: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Do what a reader's click does, as the pages of 'mainstay serve' do.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The link's address, or its last part.") var link: String
        @Option(help: "confirm, unsubscribe or subscribe; read from the address if not given.")
        var wish: FollowLink.Wish?

        func run(_ session: Session) async throws {
            let parts = link.split(separator: "/")
            guard let token = parts.last,
                let wish = wish
                    ?? parts.dropLast().last.flatMap({ FollowLink.Wish(rawValue: String($0)) })
            else {
                throw Problem(
                    .invalid, option: "link", "give --wish confirm, unsubscribe or subscribe")
            }
            try await FollowLink.run(String(token), wish, in: session.context)
            try session.printer.show(["done": .string(wish.rawValue)])
        }
    }
}
