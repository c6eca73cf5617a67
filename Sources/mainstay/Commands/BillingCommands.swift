import ArgumentParser
import Pledging
import Workflows

struct BillingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "billing", abstract: "Whether charges are sent to processors.",
        subcommands: [Resume.self])

    struct Resume: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Open a brake that closed because most charges were declined; the next 'run \
                billing' charges again.
                """)
        @ParentCommand var root: Mainstay
        @Option(help: "The processor's name; all processors if not given.")
        var processor: String?

        func run(_ session: Session) async throws {
            let opened = try await ResumeBilling.run(of: processor, in: session.context)
            try session.printer.show(["opened": .array(opened.map { .string($0) })])
            if opened.isEmpty { session.printer.remark("No brake was closed.") }
        }
    }
}
