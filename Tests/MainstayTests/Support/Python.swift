import Foundation
import TestSupport
import Testing

// Python's own modules read our files, so that the formats are checked by another implementation.

extension Site {
    /// Runs a script of Fixtures, which must succeed, and returns its output.
    @discardableResult
    func python(
        _ script: String, _ arguments: [String],
        at location: SourceLocation = #_sourceLocation
    ) throws -> String {
        let ending = try startPython(script, arguments).wait()
        try #require(
            ending.code == 0, "\(script): \(ending.complaint)", sourceLocation: location)
        return ending.text
    }

    func startPython(_ script: String, _ arguments: [String]) throws -> RunningProgram {
        try start(command: [pythonPath, fixture(script)] + arguments)
    }

    /// Returns the rows of a query, each column as text. Python's sqlite3 runs it, not our driver.
    func query(_ sql: String) throws -> [[String]] {
        let text = try python("query.py", [database, sql])
        return try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
    }

    /// Returns the one number that a query finds.
    func count(_ sql: String) throws -> Int {
        try #require(Int(try query(sql).first?.first ?? ""))
    }

    /// Writes `count` supporters in the import format to `supporters.csv`.
    func makeSupporters(_ count: Int, seed: Int = 1) throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../Scripts/make_supporters.py").standardizedFileURL
        let ending = try start(
            command: [pythonPath, script.path, String(count), String(seed)],
            environment: ["PYTHONIOENCODING": "utf-8"]
        ).wait()
        try #require(ending.code == 0, "\(ending.complaint)")
        try write("supporters.csv", ending.output)
    }
}

func fixture(_ name: String) -> String {
    Bundle.module.bundlePath + "/Fixtures/" + name
}

/// Whether Python has a module; a test that needs one is skipped, and says so, where it is missing.
func pythonHas(_ module: String) -> Bool {
    guard let site = try? Site() else { return false }
    let ending = try? site.start(command: [pythonPath, "-c", "import \(module)"]).wait()
    return ending?.code == 0
}
