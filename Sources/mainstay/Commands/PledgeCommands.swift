import ArgumentParser
import Pledging
import Workflows

struct PledgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pledge",
        abstract: "Pledges: register, list, show, change, pause, resume and cancel them.",
        subcommands: [
            Register.self, List.self, Show.self, Change.self, Pause.self, Resume.self,
            Cancel.self,
        ])

    struct Register: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Register a pledge, and its supporter if new.")
        @ParentCommand var root: Mainstay
        @OptionGroup var person: PersonOptions
        @Option(help: "A decimal, like 5.00.") var amount: String
        @Option(help: "The currency, like USD.") var currency: String
        @Option(help: "month, year or once.") var every = Interval.month
        @Option(help: "Months that one charge pays for, in advance: 1, 3, 6 or 12.")
        var collectEvery = 1
        @OptionGroup var method: MethodOptions
        @Option(help: "The day of the first charge; today if not given.") var starts: CivilDate?
        @Option(help: "A label of the page or campaign; stored encrypted.") var source: String?
        @Flag(
            help: "Accept a second similar pledge within a day: it is no repetition by mistake.")
        var second = false
        @Option(
            help: """
                A repeated command with the same key changes nothing and prints the first answer.
                """)
        var idempotencyKey: String?
        @Option(
            help: "The country of the reader's connection, if the page knows it; not stored.")
        var connectionCountry: String?
        @Flag(
            help: """
                The reader has read the warning about what a bank sees, and goes on; not stored.
                """)
        var confirmRisk = false

        func run(_ session: Session) async throws {
            let request = RegisterPledge.Request(
                person: try person.person(), amount: amount, currency: currency, interval: every,
                method: try await session.previewed(method.details),
                collectEvery: collectEvery, startsOn: starts, source: source, isSecond: second,
                connectionCountry: connectionCountry, confirmsRisk: confirmRisk)
            let conditions = RequestConditions(
                key: idempotencyKey.map { .init(text: $0, request: request.digest) })
            let answer = try await conditions.run(in: session.context) { context in
                try await RegisterPledge.run(request, in: context)
            }
            let pledge = try await BrowseBook.pledge(
                BrowseBook.id(answer.shown.id, .pledge), in: session.context)
            try session.printer.show(answer: answer.shown.json, pledge.json)
            if answer.isRepeat {
                session.printer.remark("Registered under this key before; nothing was changed.")
            }
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "List pledges, oldest first.")
        @ParentCommand var root: Mainstay
        @Option(help: "Only pledges in this state.") var state: PledgeState?

        func run(_ session: Session) async throws {
            var list = session.printer.list(
                ["id", "state", "amount", "interval", "next_charge_on", "supporter_id"])
            try await BrowseBook.pledges(state: state, in: session.context).each {
                try list.add($0.json)
            }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Show one pledge.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await BrowseBook.pledge(BrowseBook.id(id, .pledge), in: session.context).json)
        }
    }

    struct Change: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Change a pledge from its next charge on; a higher amount needs the reader's own \
                consent.
                """)
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var id: String
        @Option(help: "A decimal in the pledge's own currency.") var amount: String?
        @Option(help: "Months that one charge pays for, in advance: 1, 3, 6 or 12.")
        var collectEvery: Int?
        @Option(help: "each or yearly: how often the reader gets a receipt.")
        var receipts: Pledge.Receipts?

        func validate() throws {
            guard amount != nil || collectEvery != nil || receipts != nil else {
                throw ValidationError("Give --amount, --collect-every or --receipts.")
            }
        }

        func run(_ session: Session) async throws {
            try session.printer.show(
                await ChangePledge.run(
                    BrowseBook.id(id, .pledge),
                    .init(amount: amount, collectEvery: collectEvery, receipts: receipts),
                    in: session.context
                ).json)
        }
    }

    struct Pause: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Pause a pledge.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var id: String
        @Option(help: "Charging resumes on the first charge date on or after this day.")
        var until: CivilDate

        func run(_ session: Session) async throws {
            try session.printer.show(
                await PausePledge.run(
                    BrowseBook.id(id, .pledge), until: until, in: session.context
                ).json)
        }
    }

    struct Resume: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a pause; the paused time is never charged.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await ResumePledge.run(BrowseBook.id(id, .pledge), in: session.context).json)
        }
    }

    struct Cancel: BookCommand {
        static let configuration = CommandConfiguration(abstract: "End a pledge for good.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var id: String
        @Option(
            help: """
                cannot_afford, other_cause, dissatisfied, privacy, mistake, duplicate, revoked or \
                other.
                """)
        var reason: Cancellation.Reason
        @Option(
            help: "The reader's own words, only with the reason 'other'; stored encrypted.")
        var note: String?
        @Option(help: "Who ends it: supporter, staff or processor.")
        var by = Cancellation.Party.supporter

        func run(_ session: Session) async throws {
            let cancellation = Cancellation(reason: reason, by: by, note: note)
            try session.printer.show(
                await CancelPledge.run(
                    BrowseBook.id(id, .pledge), cancellation, in: session.context
                ).json)
        }
    }
}
