import Glibc

/// Feeds a running program, reads its standard error, and waits for its end, all at once, so that
/// neither side can block the other.
struct ProgramExchange: ~Copyable {
    private let process: pid_t
    private var toProgram: Descriptor?
    private var fromProgram: Descriptor?
    private var remaining: ArraySlice<UInt8>
    private var errorOutput: [UInt8] = []

    init(
        process: pid_t, toProgram: consuming Descriptor, fromProgram: consuming Descriptor,
        input: [UInt8]
    ) {
        self.process = process
        for number in [toProgram.number, fromProgram.number] {
            _ = fcntl(number, F_SETFL, O_NONBLOCK)
        }
        self.toProgram = consume toProgram
        self.fromProgram = consume fromProgram
        remaining = input[...]
    }

    /// Runs until the program ends, or kills it at `deadline` (on the monotonic clock).
    mutating func run(until deadline: Int64) -> ProgramResult {
        while true {
            switch life(options: WNOHANG) {
            case .running: break
            case .lost(let code): return .lost(code: code)
            case .ended(let status):
                // Its last output may still be in the pipe.
                readErrors()
                return result(of: status)
            }
            let left = deadline - monotonicMilliseconds()
            guard left > 0 else {
                kill(-process, SIGKILL)
                _ = life(options: 0)
                return .timedOut
            }
            exchange(waitingMilliseconds: Int32(min(left, Self.longestWaitMilliseconds)))
        }
    }

    /// A program that ends closes its pipe, which ends the wait at once. A child that it left
    /// behind may keep the pipe open, so the program is checked this often.
    private static let longestWaitMilliseconds: Int64 = 20
    /// How much of the error output is kept. The rest is read and dropped, or the program would
    /// block.
    private static let maximumErrorBytes = 4_096
    private static let chunkBytes = 4_096
    /// Enough for a pipe's whole content.
    private static let maximumChunksAtOnce = 16

    private enum Life {
        case running
        case ended(status: Int32)
        case lost(code: Int32)
    }

    private func life(options: Int32) -> Life {
        var status: Int32 = 0
        while true {
            let result = waitpid(process, &status, options)
            if result == 0 { return .running }
            if result > 0 { return .ended(status: status) }
            if errno != EINTR { return .lost(code: errno) }
        }
    }

    /// wait(2): the low seven bits are the signal, the next byte the exit code.
    private func result(of status: Int32) -> ProgramResult {
        let signal = status & 0x7F
        guard signal == 0 else { return .killed(signal: signal) }
        return .exited(
            code: (status >> 8) & 0xFF, errorOutput: errorOutput, tookAllInput: remaining.isEmpty)
    }

    private mutating func exchange(waitingMilliseconds: Int32) {
        var waits = [
            pollfd(fd: toProgram?.number ?? -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: fromProgram?.number ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        poll(&waits, nfds_t(waits.count), waitingMilliseconds)
        if waits[0].revents != 0 { writeInput() }
        if waits[1].revents != 0 { readErrors() }
    }

    private mutating func writeInput() {
        guard let number = toProgram?.number else { return }
        while !remaining.isEmpty {
            let count = writeWithoutSignal(number, remaining)
            if count >= 0 {
                remaining = remaining.dropFirst(count)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                // It closed its input and accepts no more.
                break
            }
        }
        toProgram = nil
    }

    private mutating func readErrors() {
        guard let number = fromProgram?.number else { return }
        var chunk = [UInt8](repeating: 0, count: Self.chunkBytes)
        // The loop is bounded, because a program that keeps writing must still meet its deadline.
        for _ in 0..<Self.maximumChunksAtOnce {
            let count = read(number, &chunk, chunk.count)
            if count > 0 {
                let room = Self.maximumErrorBytes - errorOutput.count
                errorOutput += chunk.prefix(min(count, room))
            } else if count < 0 && errno == EAGAIN {
                return
            } else if count == 0 || errno != EINTR {
                fromProgram = nil
                return
            }
        }
    }
}

/// Calls `write` so that a closed pipe gives EPIPE instead of a signal: SIGPIPE is blocked for this
/// thread and, if raised, consumed.
private func writeWithoutSignal(_ number: Int32, _ bytes: ArraySlice<UInt8>) -> Int {
    var pipeSignal = sigset_t()
    sigemptyset(&pipeSignal)
    sigaddset(&pipeSignal, SIGPIPE)
    var previous = sigset_t()
    pthread_sigmask(SIG_BLOCK, &pipeSignal, &previous)
    let count = bytes.withUnsafeBytes { write(number, $0.baseAddress, $0.count) }
    let code = errno
    if count < 0 && code == EPIPE {
        var atOnce = timespec()
        sigtimedwait(&pipeSignal, nil, &atOnce)
    }
    pthread_sigmask(SIG_SETMASK, &previous, nil)
    errno = code
    return count
}
