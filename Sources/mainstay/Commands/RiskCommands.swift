import ArgumentParser
import Pledging
import Workflows

extension RiskPolicy: ExpressibleByArgument {}

struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk", abstract: "What is taken from readers whom giving may endanger.",
        subcommands: [Show.self, Set.self, Designate.self])

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "The policies by country; * is every country that has none of its own.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            let policies = try await BrowseBook.riskPolicies(in: session.context)
            var list = session.printer.list(["country", "policy", "refuse_from", "updated_at"])
            for policy in policies { try list.add(policy.json) }
            try list.finish()
            guard policies.isEmpty else { return }
            session.printer.remark(
                "Nobody has looked at this yet, and everything is taken. For each country where "
                    + "giving is a danger: 'mainstay risk set CC warn|oneOffOnly|refuse'; where "
                    + "there is none: 'mainstay risk set \"*\" allow'.")
        }
    }

    struct Set: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide what is taken from a country from now on.")
        @ParentCommand var root: Mainstay
        @Argument(help: "Like RU; * is every country that has no policy of its own.")
        var country: String
        @Argument(
            help: """
                allow; warn tells the reader what a bank sees; oneOffOnly warns and takes single \
                payments alone; refuse takes and sends nothing.
                """)
        var policy: RiskPolicy

        func run(_ session: Session) async throws {
            try session.printer.show(
                await SetRiskPolicy.run(country, policy, in: session.context).json)
        }
    }

    struct Designate: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Refuse a country and remove everybody tied to it, without a trace of who they \
                were: pledges, methods, reminders, mails, events.
                """)
        @ParentCommand var root: Mainstay
        @Option(help: "Like RU.") var country: String
        @Option(help: "A later day: 'run retention' does it then.") var on: CivilDate?
        @Flag(help: "Say how much is tied to it, change nothing.") var dryRun = false
        @Flag(help: "Do not ask.") var yes = false

        func run(_ session: Session) async throws {
            let counts = try await DesignateCountry.count(country, in: session.context)
            if dryRun { return try session.printer.show(counts.json) }
            if !yes { tellUser(counts.json.text + "\n") }
            try confirm(
                "All this is removed from the book. It cannot be undone, and no mail is sent.",
                yes: yes, otherwise: "removing cannot be undone; say --yes")
            let progress = session.printer.progress("people")
            defer { progress.finish() }
            let answer = try await DesignateCountry.run(
                country, on: on, in: session.context, progress: progress.show)
            progress.finish()
            switch answer {
            case .planned(let day):
                try session.printer.show([
                    "country": .string(country), "refuse_from": .string(day.description),
                ])
                session.printer.remark("'mainstay run retention' removes what is tied to it then.")
            case .removed(let isPurged):
                try session.printer.show(
                    counts.json.adding(["country": .string(country), "policy": "refuse"]))
                session.printer.remark(
                    "Not reached from here: banks, the processor, mail relays and mailboxes, "
                        + "receivers of webhooks, backups made before.")
                if !isPurged { session.printer.remark(logIsRead) }
            }
        }
    }
}
