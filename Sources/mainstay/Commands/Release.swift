import ArgumentParser
import Foundation
import Workflows

struct Release: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Make a restored or copied book the present one: erase again whom the other had erased, \
            and let jobs run on it.
            """)
    @ParentCommand var root: Mainstay
    @Flag(help: "Send what was due before, whether or not the other book sent it.")
    var sendAgain = false
    @Flag(help: "Do not ask.") var yes = false

    func run(_ session: Session) async throws {
        try confirm(
            "Jobs will run on \(session.location.path) and on no other copy of it.", yes: yes,
            otherwise: "releasing a copy holds every other; say --yes")
        let summary = try await session.reachingProcessors { processors in
            try await ReleaseBook.run(
                sendsAgain: sendAgain, through: processors, in: session.context)
        }
        try session.printer.show(summary.json)
    }
}

/// What is said where an erasure could not empty the log.
let logIsRead =
    "Another process still reads an older state of the book: what was removed stands in its "
    + "write-ahead log until that process is done."

/// Asks on a terminal; anywhere else only `--yes` is consent.
func confirm(_ consequence: String, yes: Bool, otherwise: String) throws {
    if yes { return }
    guard isatty(0) == 1 else { throw Problem(.invalid, otherwise) }
    tellUser("\(consequence) Go on? [y/N] ")
    guard readLine()?.lowercased().hasPrefix("y") == true else {
        throw Problem(.conflict, "nothing was done")
    }
}
