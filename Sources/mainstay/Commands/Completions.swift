import ArgumentParser
import Workflows

struct Completions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a completion script for a shell.")

    enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

    @ParentCommand var root: Mainstay
    @Argument(help: "bash, zsh or fish.") var shell: Shell

    func run() async throws {
        guard let kind = CompletionShell(rawValue: shell.rawValue) else {
            throw Problem(.invalid, option: "shell", "use bash, zsh or fish")
        }
        let printer = Printer(root)
        try printer.write(Mainstay.completionScript(for: kind) + "\n")
        try printer.finish()
    }
}
