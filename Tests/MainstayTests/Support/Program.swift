import Foundation
import Glibc
import Testing

// MainstayTests: runs the built program as a user does, and checks what its interfaces promise:
// exit codes, output and files.
// Never here: the program's own types, except its version.

/// How a run ended, and what it wrote.
struct Ending: CustomTestStringConvertible {
    /// Nil when a signal ended it.
    let code: Int32?
    let output: [UInt8]
    let complaints: [UInt8]

    var testDescription: String { "\(code ?? -1) \(complaint)" }
    var text: String { String(decoding: output, as: UTF8.self) }
    var complaint: String { String(decoding: complaints, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }

    /// Standard error is one line that begins with `error: `.
    var complainsInOneLine: Bool {
        complaint.hasPrefix("error: ") && complaint.hasSuffix("\n")
            && complaint.count { $0.isNewline } == 1
    }
}

/// A started process. It must be waited for exactly once.
struct RunningProgram {
    let pid: pid_t
    fileprivate let outputPath: String
    fileprivate let complaintPath: String

    func kill() { _ = Glibc.kill(pid, SIGKILL) }

    func wait() throws -> Ending {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw Unexpected("cannot wait for a process") }
        }
        return Ending(
            code: status & 0x7F == 0 ? (status >> 8) & 0xFF : nil,
            output: [UInt8](try Data(contentsOf: URL(fileURLWithPath: outputPath))),
            complaints: [UInt8](try Data(contentsOf: URL(fileURLWithPath: complaintPath))))
    }
}

/// A result that a test cannot go on from.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

enum Program {
    /// The program is beside the test bundle, in whatever configuration it was built.
    static func path() throws -> String {
        let executable = try FileManager.default.destinationOfSymbolicLink(
            atPath: "/proc/self/exe")
        let bundled = [executable, CommandLine.arguments[0], Bundle.module.bundlePath]
        for path in bundled {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            let candidate = folder.appendingPathComponent("mainstay").path
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw Unexpected("the built program is not beside the tests: \(bundled)")
    }

    /// Starts `arguments[0]` in `folder`. Standard input and both outputs are files, so that no
    /// pipe can fill up.
    static func start(
        _ arguments: [String], in folder: String, environment: [String: String], input: String,
        outputPath: String, complaintPath: String
    ) throws -> RunningProgram {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, writing, 0o644)
        posix_spawn_file_actions_addopen(&actions, 2, complaintPath, writing, 0o644)
        var pid: pid_t = 0
        // env(1) changes the folder and then becomes the program: there is no process in between.
        let failure = withCStrings(["env", "-C", folder] + arguments) { arguments in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawnp(&pid, "env", &actions, nil, arguments, environment)
            }
        }
        guard failure == 0 else {
            throw Unexpected("cannot start \(arguments): \(String(cString: strerror(failure)))")
        }
        return RunningProgram(pid: pid, outputPath: outputPath, complaintPath: complaintPath)
    }

    private static func withCStrings<Result>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = texts.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
