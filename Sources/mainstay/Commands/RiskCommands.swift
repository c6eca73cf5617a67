import ArgumentParser
import Pledging
import Workflows

extension RiskPolicy: ExpressibleByArgument {}

struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk",
        abstract: "Risk policies for countries where giving may endanger readers.",
        subcommands: [Show.self, Set.self, Designate.self])

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Show the policies by country; * stands for every country without one.
                """)
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            let policies = try await BrowseBook.riskPolicies(in: session.context)
            var list = session.printer.list(["country", "policy", "refuse_from", "updated_at"])
            for policy in policies { try list.add(policy.json) }
            try list.finish()
            guard policies.isEmpty else { return }
            session.printer.remark(
                "No policy is set yet, so everything is accepted. For each country where giving "
                    + "is dangerous, run 'mainstay risk set CC warn|oneOffOnly|refuse'; if there "
                    + "is none, run 'mainstay risk set \"*\" allow'.")
        }
    }

    struct Set: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set a country's policy from now on.")
        @ParentCommand var root: Mainstay
        @Argument(help: "A country, like RU; * for every country without a policy of its own.")
        var country: String
        @Argument(
            help: """
                allow; warn tells the reader what a bank sees; oneOffOnly warns and accepts only \
                single payments; refuse accepts no payment and sends no mail.
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
                Refuse a country and remove everybody tied to it, with their pledges, payment \
                methods, reminders, mails and events; nothing tells who they were.
                """)
        @ParentCommand var root: Mainstay
        @Option(help: "A country, like RU.") var country: String
        @Option(help: "Do it on this later day, by 'run retention', instead of now.")
        var on: CivilDate?
        @Flag(help: "Show how much is tied to it, and change nothing.") var dryRun = false
        @Flag(help: "Do not ask.") var yes = false

        func run(_ session: Session) async throws {
            let counts = try await DesignateCountry.count(country, in: session.context)
            if dryRun { return try session.printer.show(counts.json) }
            if !yes { tellUser(counts.json.text + "\n") }
            try confirm(
                "All this is removed from the book. It cannot be undone, and no mail is sent.",
                yes: yes, otherwise: "removing cannot be undone; to confirm, give --yes")
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
