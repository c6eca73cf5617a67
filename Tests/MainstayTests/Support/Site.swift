import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// A folder of its own, the program run in it, and the book that its environment names.
final class Site: Sendable {
    private let root: TemporaryFolder
    private let runs = Mutex(0)
    /// The folder in which the program runs and the book is. Its outputs are kept elsewhere.
    let folder: String

    init() throws {
        root = try TemporaryFolder()
        folder = root.file("desk")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.createDirectory(
            atPath: root.file("log"), withIntermediateDirectories: false)
    }

    /// Makes a site whose newsroom may send mail.
    static func withBook() throws -> Site {
        let site = try Site()
        try site.succeed("init --quiet")
        try site.succeed(
            "newsroom set --name Test --legal-name", "Daily Test gGmbH", "--postal-address",
            "Teststr. 1, 10115 Berlin")
        return site
    }

    var database: String { file("book.db") }
    var ring: String { file("book.db.keys") }
    var outbox: String { file("book.db.outbox") }

    func file(_ name: String) -> String { folder + "/" + name }

    @discardableResult
    func write(_ name: String, _ content: String) throws -> String {
        try write(name, Array(content.utf8))
    }

    @discardableResult
    func write(_ name: String, _ content: [UInt8]) throws -> String {
        try Data(content).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    func read(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    }

    func names(in path: String? = nil) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path ?? folder).sorted()
    }

    func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard let mode = attributes[.posixPermissions] as? NSNumber else {
            throw Unexpected("no mode of \(path)")
        }
        return mode.intValue & 0o7777
    }

    /// Every file with its mode and bytes, which a refused command does not change. The empty file
    /// that each command locks when it opens a ring is left out.
    func snapshot() throws -> [String: String] {
        var found: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
        where !name.hasSuffix(".keys.live") {
            let bytes = (try? Data(contentsOf: URL(fileURLWithPath: file(name)))) ?? Data()
            found[name] = "\(try mode(file(name))) \(bytes.base64EncodedString())"
        }
        return found
    }

    // MARK: Running

    /// Starts the program. `words` is split at spaces; arguments that contain spaces are in `more`.
    func start(
        _ words: String, _ more: [String] = [], input: String? = nil,
        environment: [String: String] = [:]
    ) throws -> RunningProgram {
        let arguments = words.split(separator: " ").map(String.init) + more
        return try start(
            command: [Program.path()] + arguments, input: input,
            environment: ["MAINSTAY_DATABASE": database].merging(environment) { $1 })
    }

    func run(
        _ words: String, _ more: String..., input: String? = nil,
        environment: [String: String] = [:]
    ) throws -> Ending {
        try start(words, more, input: input, environment: environment).wait()
    }

    /// Runs a command that must succeed.
    @discardableResult
    func succeed(
        _ words: String, _ more: String..., input: String? = nil,
        environment: [String: String] = [:], at location: SourceLocation = #_sourceLocation
    ) throws -> Ending {
        let ending = try start(words, more, input: input, environment: environment).wait()
        try #require(ending.code == 0, "\(words): \(ending.complaint)", sourceLocation: location)
        return ending
    }

    /// Runs `count` processes of the program at once; returns how each ended.
    func atOnce(_ count: Int, _ words: (Int) -> String) throws -> [Ending] {
        let running = try (0..<count).map { try start(words($0)) }
        return try running.map { try $0.wait() }
    }

    /// Starts any command, with its outputs in files of their own.
    func start(
        command: [String], input: String? = nil, environment: [String: String] = [:]
    ) throws -> RunningProgram {
        let number = runs.withLock { runs in
            runs += 1
            return runs
        }
        let log = root.file("log/\(number)")
        var inputPath = "/dev/null"
        if let input {
            inputPath = log + ".in"
            try Data(input.utf8).write(to: URL(fileURLWithPath: inputPath))
        }
        let inherited = ProcessInfo.processInfo.environment.filter {
            ["PATH", "LD_LIBRARY_PATH", "TMPDIR"].contains($0.key)
        }
        let base = inherited.merging(["HOME": folder, "LOGNAME": "tester"]) { $1 }
        return try Program.start(
            command, in: folder, environment: base.merging(environment) { $1 }, input: inputPath,
            outputPath: log + ".out", complaintPath: log + ".err")
    }
}
