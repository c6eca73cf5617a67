import ArgumentParser
import Pledging
import Workflows

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: """
            Check the audit trail of events; it is tamper-evident if you keep a head elsewhere.
            """,
        subcommands: [Verify.self, Head.self])

    struct Verify: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find events that were changed, removed or inserted after sealing.")
        @ParentCommand var root: Mainstay
        @Option(help: "A head that you kept earlier, as POSITION:HEX.") var head: String?

        func run(_ session: Session) async throws {
            let kept = try head.map { try VerifyAudit.KeptHead($0) }
            var list = session.printer.list(["kind", "subject", "finding"])
            let summary = try await VerifyAudit.run(keptHead: kept, in: session.context) {
                try list.add($0.json)
            }
            try list.finish()
            guard summary.findings == 0 else {
                throw Finding(
                    code: ExitStatus.failed,
                    line: "\(summary.findings) finding(s) in the audit trail")
            }
            try session.printer.show(summary.json)
        }
    }

    struct Head: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the last sealed position and its head; keep both elsewhere.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            try session.printer.show(await BrowseBook.auditHead(in: session.context).json)
        }
    }
}
