import ArgumentParser
import Foundation
import Pledging
import Workflows

struct Panic: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Destroy the book's keys at once and for ever: no name, address or token in it can be \
            read again.
            """)

    @ParentCommand var root: Mainstay
    @Flag(help: "Do not ask.") var yes = false

    func run() async throws {
        let location = try BookLocation(try await SettingsSource(root))
        let now = try root.clock()()
        try confirmByWord(location)
        let summary = location.destroyKeys(at: now)
        let printer = Printer(root)
        if printer.isJSON {
            let beyond = DestroyKeys.outOfReach.map { JSON.string($0) }
            try printer.show(summary.json.adding(["out_of_reach": .array(beyond)]))
        } else {
            try printer.show(summary.json)
            try printer.write("Out of reach of this command:\n")
            for line in DestroyKeys.outOfReach { try printer.write("- \(line)\n") }
        }
        if let remark = summary.remark { printer.remark(remark) }
        try printer.finish()
        guard let failure = summary.failures.first else { return }
        let more = summary.failures.count - 1
        throw Finding(
            code: ExitStatus.inputOutput,
            line: "not all was destroyed: \(failure)" + (more > 0 ? " (and \(more) more)" : ""))
    }

    /// Asks for a whole word, because a mere y is typed too easily.
    private func confirmByWord(_ location: BookLocation) throws {
        if yes { return }
        guard isatty(0) == 1 else {
            throw Problem(.invalid, "panic destroys the keys for ever; to confirm, give --yes")
        }
        tellUser(
            "The key ring \(location.ringPath) will be destroyed: nobody can read a name, address "
                + "or token of \(location.path) again. Type panic to go on: ")
        guard readLine() == "panic" else {
            throw Problem(.conflict, "nothing was done")
        }
    }
}
