import ArgumentParser
import Foundation
import Workflows

struct Release: BookCommand {
    static let configuration = CommandConfiguration(
        abstract: """
            Make a restored or copied book the current one: repeat erasures that the other copy \
            made, and let jobs run on it.
            """)
    @ParentCommand var root: Mainstay
    @Flag(
        help: """
            Send reminders and mails that were due before, even if the other copy may have sent \
            them.
            """)
    var sendAgain = false
    @Flag(help: "Do not ask.") var yes = false

    func run(_ session: Session) async throws {
        try confirm(
            "Jobs will run on \(session.location.path) and on no other copy of it.", yes: yes,
            otherwise: "releasing a copy blocks every other copy; to confirm, give --yes")
        let summary = try await ReleaseBook.run(sendsAgain: sendAgain, in: session.context)
        try session.printer.show(summary.json)
    }
}

/// The remark after an erasure that could not empty the write-ahead log.
let logIsRead =
    "Another process still reads an older state of the book: what was removed stays in the "
    + "write-ahead log until that process ends."

/// Asks on a terminal. Throws Problem if the answer is no, or elsewhere without `--yes`.
func confirm(_ consequence: String, yes: Bool, otherwise: String) throws {
    if yes { return }
    guard isatty(0) == 1 else { throw Problem(.invalid, otherwise) }
    tellUser("\(consequence) Go on? [y/N] ")
    guard readLine()?.lowercased().hasPrefix("y") == true else {
        throw Problem(.conflict, "nothing was done")
    }
}
