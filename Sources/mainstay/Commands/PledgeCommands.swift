import ArgumentParser
import Pledging
import Workflows

struct PledgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pledge", abstract: "Standing promises to give.",
        subcommands: [
            Register.self, List.self, Show.self, Change.self, Pause.self, Resume.self,
            Cancel.self,
        ])

    struct Register: BookCommand {
        static let configuration = CommandConfiguration(abstract: "A reader promises to give.")
        @ParentCommand var root: Mainstay
        @OptionGroup var person: PersonOptions
        @Option(help: "A decimal, like 5.00.") var amount: String
        @Option(help: "Like USD.") var currency: String
        @Option(help: "month, year or once.") var every = Interval.month
        @Option(help: "Months that one charge pays for, in advance: 1, 3, 6 or 12.")
        var collectEvery = 1
        @OptionGroup var method: MethodOptions
        @Option(help: "The day of the first charge; today if not given.") var starts: CivilDate?
        @Option(help: "A label of the page or campaign; stored sealed.") var source: String?
        @Flag(help: "A second like pledge within a day is meant.") var second = false
        @Option(help: "The same key again gives the same answer again.")
        var idempotencyKey: String?
        @Option(help: "The country that the request came from, where a page knows it; not kept.")
        var connectionCountry: String?
        @Flag(help: "The reader has read what a bank sees, and goes on; not kept.")
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
        static let configuration = CommandConfiguration(abstract: "All, oldest first.")
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
        static let configuration = CommandConfiguration(abstract: "One pledge.")
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
                Other terms, from the next charge on; more than before needs the reader's click.
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
        static let configuration = CommandConfiguration(abstract: "Let a pledge rest.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var id: String
        @Option(help: "It goes on with the first charge date from this day.")
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
            abstract: "End a pause; the pause itself is never charged for.")
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
        @Option(help: "The reader's own words, with the reason 'other'; stored sealed.")
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
