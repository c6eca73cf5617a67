import Glibc
import Synchronization

/// How a program ended.
enum ProgramResult: Sendable {
    /// `errorOutput` is the beginning of its standard error.
    case exited(code: Int32, errorOutput: [UInt8], tookAllInput: Bool)
    case killed(signal: Int32)
    case timedOut
    /// `code` is errno.
    case notStarted(code: Int32)
    /// It was started, but how it ended is unknown. `code` is errno.
    case lost(code: Int32)
}

/// One run of a program: starts it, feeds it and waits for it, so that no zombie remains.
///
/// Foundation's `Process` is not used: a write to a program that does not read would block, or end
/// our process by SIGPIPE. Nor is swift-subprocess 1.0.2, for three reasons (tried in November
/// 2026): the same SIGPIPE ends our process; output over the limit throws instead of being cut; it
/// does not say whether the program read all its input.
struct ProgramRun: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    let input: [UInt8]
    let timeoutSeconds: Int

    /// Runs the program. Blocks the calling thread for at most `timeoutSeconds`.
    func result() -> ProgramResult {
        let deadline = monotonicMilliseconds() + Int64(timeoutSeconds) * 1_000
        do throws(SpawnFailure) {
            var exchange = try startingOneAtATime.withLock { _ throws(SpawnFailure) in
                try started()
            }
            return exchange.run(until: deadline)
        } catch {
            return .notStarted(code: error.code)
        }
    }

    private func started() throws(SpawnFailure) -> ProgramExchange {
        let input = try Pipe()
        let errors = try Pipe()
        let process = try spawn(stdin: input.reading.number, stderr: errors.writing.number)
        return ProgramExchange(
            process: process, toProgram: input.keepWriting(), fromProgram: errors.keepReading(),
            input: self.input)
    }

    /// Starts the program in its own process group, so that its children can be killed with it, and
    /// with no signal blocked or ignored.
    private func spawn(stdin: Int32, stderr: Int32) throws(SpawnFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, STDIN_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, stderr, STDERR_FILENO)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes,
            Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var process: pid_t = 0
        let code = withCStrings([path] + arguments) { argumentList in
            withCStrings(variables) { variableList in
                posix_spawn(&process, path, &actions, &attributes, argumentList, variableList)
            }
        }
        guard code == 0 else { throw SpawnFailure(code: code) }
        return process
    }
}

/// A pipe is marked close-on-exec only after it is made. A program started in between by another
/// thread would inherit it, and this program would never see the end of its input.
private let startingOneAtATime = Mutex(())

private struct SpawnFailure: Error {
    /// errno.
    let code: Int32
}

private struct Pipe: ~Copyable {
    let reading: Descriptor
    let writing: Descriptor

    init() throws(SpawnFailure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SpawnFailure(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = Descriptor(ends[0])
        writing = Descriptor(ends[1])
    }

    consuming func keepReading() -> Descriptor { reading }
    consuming func keepWriting() -> Descriptor { writing }
}

private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
