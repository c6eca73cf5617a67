import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let reports: [Operation] = [
        Operation(
            name: "reportSupporters", method: .get, path: "/v1/reports/supporters",
            summary: """
                One row per supporter and pledge. Personal data also needs the scope \
                supporters:read.
                """,
            scope: .reportsRead,
            query: [
                form, Field("state", .choices(PledgeState.self), "Only pledges in this state."),
                Field(
                    "without_personal_data", .boolean,
                    "Leave out e-mail, name, locale, country and card details."),
            ], answer: .report
        ) { call in
            let isPersonal = !call.query.flag("without_personal_data")
            guard !isPersonal || call.scopes.contains(.supportersRead) else {
                throw ErrorAnswer(
                    status: .forbidden, code: .scopeMissing,
                    detail: "personal data also needs the scope supporters:read; without that "
                        + "scope, ask with without_personal_data=true")
            }
            return write(
                SupporterReport(state: call.query.choice("state"), withPersonalData: isPersonal),
                "supporters", call)
        },
        byDays(
            "reportCharges", "charges", "One row per paid charge, with fee, net and payout.",
            "Paid on",
            ChargeReport.init),
        byDays(
            "reportRefunds", "refunds", "One row per refund, those of extra payments included.",
            "Asked for on",
            RefundReport.init),
        byDays(
            "reportDisputes", "disputes", "One row per dispute.", "Known since",
            DisputeReport.init),
        Operation(
            name: "reportPayouts", method: .get, path: "/v1/reports/payouts",
            summary: """
                One row per payout of a processor, with the sums of what it was made of.
                """,
            scope: .reportsRead, query: [form], answer: .report
        ) { call in
            write(PayoutReport(), "payouts", call)
        },
        Operation(
            name: "reportBalance", method: .get, path: "/v1/reports/balance",
            summary: """
                The balance at each processor over a month: opening, what moved it, closing.
                """,
            scope: .reportsRead,
            query: [form, Field("month", .month, isRequired: true, "Like 2026-11.")],
            answer: .report
        ) { call in
            guard let month = call.query.month("month") else {
                throw ErrorAnswer.unreadable("month", "write it like 2026-11")
            }
            return write(BalanceReport(month), "balance", call)
        },
    ]

    /// The operation of a report on days. `when` precedes "this day or later".
    private static func byDays(
        _ name: String, _ path: String, _ summary: String, _ when: String,
        _ report: @escaping @Sendable (ReportDays) -> some TabularReport
    ) -> Operation {
        Operation(
            name: name, method: .get, path: "/v1/reports/\(path)", summary: summary,
            scope: .reportsRead,
            query: [
                form, Field("from", .date, "\(when) this day or later."),
                Field("to", .date, "\(when) this day or earlier."),
            ], names: ReportDays.fields, answer: .report
        ) { call in
            let days = try ReportDays(from: call.query.date("from"), to: call.query.date("to"))
            return write(report(days), path, call)
        }
    }

    private static let form = Field(
        "format", .choices(ReportFormat.self),
        "csv if not given; jsonl has one object per line.")

    private static func write(
        _ report: some TabularReport, _ name: String, _ call: Call
    ) -> Reply {
        let format: ReportFormat = call.query.choice("format") ?? .csv
        return .stream(format, name: name) { write in
            _ = try await ExportReport.run(report, as: format, in: call.context, to: write)
        }
    }
}

extension Shape {
    static let report = Shape(name: "Report", fields: [], streams: ReportFormat.allCases)
}
