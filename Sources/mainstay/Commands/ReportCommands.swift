import ArgumentParser
import Pledging
import Workflows

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write reports on supporters, charges, refunds, disputes, payouts and balances.",
        subcommands: [
            Supporters.self, Charges.self, Refunds.self, Disputes.self, Payouts.self,
            Balance.self,
        ])

    struct Supporters: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "One row per supporter and pledge.")
        @ParentCommand var root: Mainstay
        @OptionGroup var form: ReportForm
        @Option(help: "Only pledges in this state.") var state: PledgeState?
        @Flag(help: "Leave out e-mail, name, locale, country and card details.")
        var withoutPersonalData = false
        var needsNoKeys: Bool { withoutPersonalData }

        func run(_ session: Session) async throws {
            try await form.write(
                SupporterReport(state: state, withPersonalData: !withoutPersonalData), session)
        }
    }

    struct Charges: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                One row per paid charge, with fee, net and payout. What went back is in 'report \
                refunds' and 'report disputes'.
                """)
        @ParentCommand var root: Mainstay
        @OptionGroup var form: ReportForm
        @Option(help: "Paid on this day or later.") var from: CivilDate?
        @Option(help: "Paid on this day or earlier.") var to: CivilDate?
        var needsNoKeys: Bool { true }

        func run(_ session: Session) async throws {
            try await form.write(ChargeReport(ReportDays(from: from, to: to)), session)
        }
    }

    struct Refunds: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "One row per refund, those of extra payments included.")
        @ParentCommand var root: Mainstay
        @OptionGroup var form: ReportForm
        @Option(help: "Asked for on this day or later.") var from: CivilDate?
        @Option(help: "Asked for on this day or earlier.") var to: CivilDate?
        var needsNoKeys: Bool { true }

        func run(_ session: Session) async throws {
            try await form.write(RefundReport(ReportDays(from: from, to: to)), session)
        }
    }

    struct Disputes: BookCommand {
        static let configuration = CommandConfiguration(abstract: "One row per dispute.")
        @ParentCommand var root: Mainstay
        @OptionGroup var form: ReportForm
        @Option(help: "Known since this day or later.") var from: CivilDate?
        @Option(help: "Known since this day or earlier.") var to: CivilDate?
        var needsNoKeys: Bool { true }

        func run(_ session: Session) async throws {
            try await form.write(DisputeReport(ReportDays(from: from, to: to)), session)
        }
    }

    struct Payouts: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                One row per payout of a processor, with the sums of what it was made of. 'run \
                books' reads them.
                """)
        @ParentCommand var root: Mainstay
        @OptionGroup var form: ReportForm
        var needsNoKeys: Bool { true }

        func run(_ session: Session) async throws {
            try await form.write(PayoutReport(), session)
        }
    }

    struct Balance: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                The balance at each processor over a month: opening, what moved it, closing.
                """)
        @ParentCommand var root: Mainstay
        @OptionGroup var form: ReportForm
        @Option(help: "The month, like 2026-11.") var month: YearMonth
        var needsNoKeys: Bool { true }

        func run(_ session: Session) async throws {
            try await form.write(BalanceReport(month), session)
        }
    }
}

/// The format of a report, and where it is written.
struct ReportForm: ParsableArguments {
    enum Format: String, CaseIterable, ExpressibleByArgument { case csv, json, jsonl, table }

    @Option(help: "csv, json, jsonl or table.") var format: Format?
    @Option(help: "The output file; it appears only when complete.") var output: String?

    func write(_ report: some TabularReport, _ session: Session) async throws {
        let format = format ?? (session.printer.isJSON ? .jsonl : .csv)
        guard let written = ReportFormat(rawValue: format.rawValue) else {
            return try await printTable(report, session)
        }
        let rows: Int
        if let output {
            let file = try OutputFile(
                output, option: "--output", sparing: session.location.ownFiles)
            rows = try await ExportReport.run(
                report, as: written, in: session.context, to: file.write)
            try file.finish()
            if session.printer.isJSON {
                try session.printer.show([
                    "rows": .integer(Int64(rows)), "output": .string(output),
                ])
            }
        } else {
            rows = try await ExportReport.run(report, as: written, in: session.context) { bytes in
                try session.printer.write(bytes)
                try session.printer.flush()
            }
        }
        session.printer.remark("\(rows) row(s)\(output.map { " in \($0)" } ?? "").")
    }

    private func printTable<Report: TabularReport>(
        _ report: Report, _ session: Session
    ) async throws {
        guard output == nil else {
            throw Problem(
                .invalid, option: "--format", "a table is for the terminal; choose csv or json")
        }
        var list = session.printer.table(Report.columns)
        try await report.pages(in: session.context) { page in
            for cells in page { try list.add(cells.map { Table.printable($0 ?? "") }) }
        }
        try list.finish()
    }
}
