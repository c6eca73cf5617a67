import Foundation
package import Glibc

/// A process beside the tests, started by posix_spawn, because Foundation's Process has crashed
/// where many tests run at once. Its input and outputs are its own.
package struct ChildProcess: Sendable {
    package let identifier: pid_t
    private let outputPath: String

    /// `arguments[0]` is searched for in PATH. Throws NotThere if it cannot be started.
    package init(_ arguments: [String], outputPath: String = "/dev/null") throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        guard let program = arguments.first else { throw NotThere() }
        var pid: pid_t = 0
        let environment = ProcessInfo.processInfo.environment.map { "\($0.key)=\($0.value)" }
        let failure = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                posix_spawnp(&pid, program, &actions, nil, arguments, environment)
            }
        }
        guard failure == 0 else { throw NotThere() }
        identifier = pid
        self.outputPath = outputPath
    }

    /// Waits for the end; returns the exit code, or nil if a signal ended it.
    @discardableResult
    package func wait() -> Int32? {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : nil
    }

    /// Sends SIGKILL, not SIGTERM: the threads that run tests block SIGTERM, and a child inherits
    /// that.
    package func kill() {
        _ = Glibc.kill(identifier, SIGKILL)
        wait()
    }

    /// Returns the first line that it prints; nil if it ends, or a minute passes, without one.
    package func firstLine() -> String? {
        for _ in 0..<6_000 {
            let text = (try? String(contentsOfFile: outputPath, encoding: .utf8)) ?? ""
            if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
            if waitpid(identifier, nil, WNOHANG) == identifier { return nil }
            usleep(10_000)
        }
        return nil
    }
}

private func withCStrings<Answer>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Answer
) -> Answer {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}

/// Something that a test needs is missing.
package struct NotThere: Error {}
