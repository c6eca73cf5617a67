import ArgumentParser
import Pledging
import Workflows

struct ChargeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "charge",
        abstract: "Charges: list, show, refund, resolve, record and void them.",
        subcommands: [
            List.self, Show.self, Refund.self, Resolve.self, Record.self, Void.self,
        ])

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "List charges, oldest first.")
        @ParentCommand var root: Mainstay
        @Option(help: "Only charges in this state.") var state: ChargeState?
        @Option(help: "Only charges of this pledge.") var pledge: String?

        func run(_ session: Session) async throws {
            let pledge: ID<Pledge>? = try pledge.map { try BrowseBook.id($0, .linkedPledge) }
            var list = session.printer.list(
                ["id", "state", "amount", "due_on", "paid_at", "reason", "pledge_id"])
            try await BrowseBook.charges(state: state, pledge: pledge, in: session.context).each {
                try list.add($0.json)
            }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one charge, with its attempts, refunds, disputes and extra payments.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The id of the charge, or of an extra payment of it.") var id: String

        func run(_ session: Session) async throws {
            let named = try await BrowseBook.chargeOrPayment(id, in: session.context)
            let record = try await BrowseBook.charge(named.charge, in: session.context)
            let printer = session.printer
            if printer.isJSON { return try printer.show(record.json) }
            try printer.show(record.charge.json)
            try show(
                record.attempts.map(\.json),
                ["number", "state", "code", "started_at", "processor", "remote_id"], printer)
            let returned =
                ["state", "amount", "reason", "created_at", "remote_id", "id"]
                + (record.extraPayments.isEmpty ? [] : ["extra_payment_id"])
            try show(record.refunds.map(\.json), returned, printer)
            try show(record.disputes.map(\.json), returned.filter { $0 != "reason" }, printer)
            try show(
                record.extraPayments.map(\.json),
                ["amount", "refunded", "paid_at", "processor", "remote_id", "id"], printer)
        }

        /// Prints a table below what is already there; nothing if there are no rows.
        private func show(_ rows: [JSON], _ columns: [String], _ printer: Printer) throws {
            guard !rows.isEmpty else { return }
            try printer.write("\n")
            var list = printer.list(columns)
            for row in rows { try list.add(row) }
            try list.finish()
        }
    }

    struct Refund: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refund a payment of a charge: all that is left, or a part.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The id of the charge, or of an extra payment of it.") var id: String
        @Option(help: "A decimal in the charge's currency; all that is left if not given.")
        var amount: String?
        @Option(
            help: "An extra payment, by its id here or at the processor; else the charge's own.")
        var payment: String?
        @Flag(help: "Refund although a dispute is open: the bank may take the money back as well.")
        var despiteDispute = false

        func run(_ session: Session) async throws {
            let named = try await BrowseBook.chargeOrPayment(id, in: session.context)
            let payment = payment ?? named.extra?.text
            let refund = try await session.reachingProcessors { processors in
                try await RefundCharge.run(
                    named.charge, amount: amount, payment: payment, despiteDispute: despiteDispute,
                    through: processors, in: session.context)
            }
            try session.printer.show(refund.json)
            if refund.state == .failed {
                throw Finding(
                    code: ExitStatus.failed,
                    line: "nothing was refunded: the processor refused it"
                        + (refund.reason.map { " (\($0))" } ?? ""))
            }
            guard refund.state.isOpen else { return }
            session.printer.remark(
                "The processor has not decided yet; 'mainstay run reconcile' asks again.")
        }
    }

    struct Resolve: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Decide by hand the outcome of a charge that is in doubt.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The charge's id.") var id: String
        @Option(name: .customLong("as"), help: "succeeded or notReceived.")
        var verdict: ResolveCharge.Verdict
        @Option(help: "How you know this; stored encrypted.") var note: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await ResolveCharge.run(
                    BrowseBook.id(id, .charge), as: verdict, note: note, in: session.context
                ).json)
        }
    }

    struct Record: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record a payment for a pledge that arrived another way.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The pledge's id.") var pledge: String
        @Option(help: "How you know this; stored encrypted.") var note: String
        @Option(help: "A decimal in the pledge's own currency; what is due if not given.")
        var amount: String?
        @Option(help: "The day the payment arrived; today if not given.")
        var paidOn: CivilDate?
        @Flag(help: "A second, like payment within 25 days is meant, not entered twice.")
        var second = false

        func run(_ session: Session) async throws {
            let request = RecordPayment.Request(
                pledgeID: try BrowseBook.id(pledge, .pledge), amount: amount, paidOn: paidOn,
                note: note, isSecond: second)
            try session.printer.show(
                await RecordPayment.run(request, in: session.context).json)
        }
    }

    struct Void: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take back a payment that was recorded by mistake with 'charge record'.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The id of the charge.") var id: String
        @Option(help: "Why; stored encrypted.") var note: String

        func run(_ session: Session) async throws {
            let voided = try await VoidPayment.run(
                BrowseBook.id(id, .charge), note: note, in: session.context)
            try session.printer.show(voided.charge.json)
            let next =
                voided.dueOn.map { "The pledge's next charge is due on \($0)." }
                ?? "Nothing is collected for it."
            session.printer.remark(
                next + " A receipt that has left is not called back: write to the reader.")
        }
    }
}
