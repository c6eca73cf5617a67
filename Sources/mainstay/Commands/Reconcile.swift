import ArgumentParser
import Pledging
import Workflows

struct Reconcile: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Compare the book with a processor's own, to the last minor unit: book what never \
            reached us, list the rest. Exit code 1 says that something is left for a person.
            """)
    @ParentCommand var root: Mainstay
    @Option(help: "Which processor, by its name.") var processor: String
    @Option(help: "What was paid since then; the last 35 days if not given.") var since: Instant?

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
        printer.remark(
            "\(report.compared) payment(s) compared, \(report.applied) message(s) applied, "
                + "\(report.repaired) payment(s) booked, "
                + "\(report.differences.count) difference(s) left.")
        guard report.differences.isEmpty else {
            throw Finding(
                code: ExitStatus.failed,
                line: "\(report.differences.count) difference(s) need a person")
        }
    }
}
