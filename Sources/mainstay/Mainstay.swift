// mainstay: the command line and the composition root. Commands/ turns arguments into a verb's
// request and its answer into text; Composition/ is the one place that picks a driver, opens a key
// ring and reads the clock. Never here: SQL, a rule of the domain.

import ArgumentParser
import Foundation

@main
struct Mainstay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mainstay",
        abstract: "Reader revenue for newsrooms: pledges, reminders, reports.",
        version: Mainstay.version,
        subcommands: [
            Init.self, NewsroomCommand.self, Migrate.self, SupporterCommand.self,
            PledgeCommand.self, PaymentMethodCommand.self, ChargeCommand.self, BillingCommand.self,
            ReminderCommand.self,
            LinkCommand.self, SuppressionCommand.self, Import.self, Report.self, EventCommand.self,
            WebhookCommand.self, TokenCommand.self, AuditCommand.self, RiskCommand.self, Run.self,
            Reconcile.self,
            Backup.self,
            Verify.self, Restore.self, Release.self, KeysCommand.self, Panic.self, Doctor.self,
            AttentionCommand.self,
            Completions.self, Serve.self, Work.self, Status.self,
        ])

    static let version = "0.1.0"

    @Option(help: "The book: a path, or sqlite:PATH.")
    var database: String?

    @Option(help: "A file of settings, YAML or JSON.")
    var config: String?

    @Flag(help: "Print JSON: one value, or one line per item of a list.")
    var json = false

    @Flag(help: "Print results only, no remarks.")
    var quiet = false

    @Option(help: .hidden)
    var now: String?

    static func main() async {
        LiveProcesses.unblockSignal()
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            leave(with: error)
        }
    }

    /// Prints help and version as the parser does; any other error as one line, with an exit code.
    private static func leave(with error: any Error) -> Never {
        if let failure = ExitStatus(error) {
            complain(failure.line)
            Foundation.exit(failure.code)
        }
        guard exitCode(for: error) != .success else { exit(withError: error) }
        guard exitCode(for: error) == .validationFailure else {
            complain(oneLine("\(error)"))
            Foundation.exit(ExitStatus.failed)
        }
        complain("\(oneLine(message(for: error))); see 'mainstay help'")
        Foundation.exit(ExitStatus.usage)
    }

    /// Joins a message into one line. The parser lists the values that an option takes on lines of
    /// their own, each after a hyphen.
    private static func oneLine(_ message: String) -> String {
        let lines = message.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
        let values = lines.dropFirst().map { $0.trimmingPrefix("- ") }.joined(separator: ", ")
        let text = values.isEmpty ? String(lines.first ?? "") : "\(lines[0]) \(values)"
        return text.last == "." ? String(text.dropLast()) : text
    }
}
