import ArgumentParser
import Pledging
import Workflows

struct Reconcile: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Compare the book with a processor's records, to the minor unit: record payments that \
            never reached us, list other differences. Exits with 1 if differences remain.
            """)
    @ParentCommand var root: Mainstay
    @Option(help: "The processor's name.") var processor: String
    @Option(help: "Compare payments since this time; the last 35 days if not given.")
    var since: Instant?

    func run(_ session: Session) async throws {
        let printer = session.printer
        let report = try await session.reachingProcessors { processors in
            let asked = try processors.named(processor)
            let progress = printer.progress("payments")
            defer { progress.finish() }
            return try await ReconcileProcessor.run(
                asked, since: since, in: session.context, progress: progress.show)
        }
        var list = printer.list(
            ["kind", "ours", "theirs", "period", "charge_id", "pledge_id", "remote_id"])
        for difference in report.differences { try list.add(difference.json) }
        try list.finish()
        for payout in report.wrongPayouts {
            printer.remark(
                "payout \(payout.remoteID) of \(payout.amountWords) is not the sum of what it was "
                    + "made of: see 'mainstay report payouts'.")
        }
        printer.remark(
            "\(report.compared) payment(s) compared, \(report.applied) message(s) applied, "
                + "\(report.repaired) payment(s) booked, "
                + "\(report.payouts) payout(s) read, \(report.findings) difference(s) left.")
        guard report.findings == 0 else {
            throw Finding(
                code: ExitStatus.failed,
                line: "\(report.findings) difference(s) must be resolved by hand")
        }
    }
}
