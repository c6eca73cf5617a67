import Foundation
import TestSupport
import Testing

/// What is shown only on a terminal.
@Suite struct TerminalTests {
    @Test func `an import shows how far it is, and leaves a clean line`() throws {
        let site = try Site.withBook()
        try site.makeSupporters(4_000)
        let words = "--now \(rehearsal) import supporters.csv"
        let shown = try site.onTerminal(words)
        #expect(shown.contains("\r\u{1B}[K") && shown.contains("rows, "))
        #expect(try #require(shown.components(separatedBy: "\r\u{1B}[K").last).contains("imported"))
        #expect(!shown.contains("\u{1B}[3") && !shown.contains("\u{1B}[1m"))
    }

    @Test(arguments: ["--quiet", "--quiet --json"])
    func `quiet shows nothing of the way`(_ options: String) throws {
        let site = try Site.withBook()
        try site.makeSupporters(4_000)
        let shown = try site.onTerminal("--now \(rehearsal) \(options) import supporters.csv")
        #expect(!shown.contains("\u{1B}") && shown.contains("imported"))
    }

    @Test(arguments: [nil, "1"])
    func `NO_COLOR is honoured: nothing is coloured`(_ value: String?) throws {
        let site = try Site.withBook()
        try site.importActivePledge()
        let environment = value.map { ["NO_COLOR": $0] } ?? [:]
        for words in ["pledge list", "doctor", "pledge show nothing"] {
            let shown = try site.onTerminal(words, environment: environment)
            #expect(shown.firstMatch(of: /\x1B\[[0-9;]*m/) == nil)
            #expect(!shown.isEmpty)
        }
    }

    @Test func `erasing asks first, and takes only a yes for one`() throws {
        let site = try Site.withBook()
        let id = try site.id("supporter add --email lee@example.org")
        for answer in ["n", "", "perhaps"] {
            let shown = try site.onTerminal("supporter erase \(id)", typing: answer + "\n")
            #expect(shown.contains("cannot be undone") && shown.contains("nothing was done"))
        }
        #expect(try site.answer("supporter show \(id)")["email"] == "lee@example.org")
        _ = try site.onTerminal("supporter erase \(id)", typing: "y\n")
        #expect(try site.answer("supporter show \(id)").has("erased_at"))
    }

    @Test func `panic asks for its own name, and takes nothing else`() throws {
        let site = try Site.withBook()
        for answer in ["y", "yes", "", "PANIC", "panic now"] {
            let shown = try site.onTerminal("panic", typing: answer + "\n")
            #expect(shown.contains("Type panic") && shown.contains("nothing was done"))
        }
        try site.succeed("newsroom show")
        let shown = try site.onTerminal("panic", typing: "panic\n")
        #expect(shown.contains("The keys are destroyed"))
        #expect(try site.run("newsroom show").code == 77)
    }
}

extension Site {
    /// Returns everything that a terminal shows while the program runs on it.
    fileprivate func onTerminal(
        _ words: String, typing text: String = "", environment: [String: String] = [:]
    ) throws -> String {
        let program = [try Program.path()] + words.split(separator: " ").map(String.init)
        let ending = try start(
            command: [pythonPath, fixture("terminal.py"), text] + program,
            environment: ["MAINSTAY_DATABASE": database, "TERM": "xterm-256color"]
                .merging(environment) { $1 }
        ).wait()
        try #require(ending.code == 0, "\(ending.complaint)")
        return ending.text
    }
}
