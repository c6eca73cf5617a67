import Dispatch
import Glibc
import Store
import Synchronization
import Workflows

/// Every process that opens a ring says so by a lock on `RING.live`, so that `panic` finds it, and
/// ends on SIGUSR1 with its keys wiped. The kernel takes the lock back when the process ends,
/// however it ends.
///
/// A POSIX record lock is asked for by F_GETLK, which names one holder. So that one who cannot be
/// signalled hides nobody, each process locks the one byte whose offset is its id.
enum LiveProcesses {
    private struct State {
        /// Open for the life of the process: closing any descriptor of a file drops its locks.
        var descriptors: [String: Int32] = [:]
        var rings: [KeyRing] = []
    }

    private static let state = Mutex(State())

    // MARK: The process that holds keys

    /// Before a ring is opened: this process can be found, and leaves no core dump. Where its file
    /// cannot be made, as on a read-only disk, it goes on unfound; `isFound` tells.
    static func enter(_ ringPath: String) {
        leaveNoCoreDump()
        _ = isListening
        let path = livePath(ringPath)
        state.withLock { state in
            guard state.descriptors[path] == nil, let descriptor = openLive(path, ringPath)
            else { return }
            var lock = record(F_RDLCK, from: off_t(getpid()), length: 1)
            guard fcntl(descriptor, F_SETLK, &lock) == 0 else {
                close(descriptor)
                return
            }
            state.descriptors[path] = descriptor
        }
    }

    /// These keys are wiped when the process is told to end.
    static func hold(_ keys: KeyRing) { state.withLock { $0.rings.append(keys) } }

    /// Whether this process entered for that ring and has its lock.
    static func isFound(_ ringPath: String) -> Bool {
        state.withLock { $0.descriptors[livePath(ringPath)] != nil }
    }

    /// A parent may have blocked the signal: whoever starts us inherits its mask to us. Called
    /// before there is a second thread.
    static func unblockSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGUSR1)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// No key reaches a disk by a dump of memory.
    static func leaveNoCoreDump() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // Where dumps go to a program the limit does not bind: then they hold no memory.
        let descriptor = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = writeAll(Array("0".utf8)[...], to: descriptor)
        close(descriptor)
    }

    /// Made once, and kept until the process ends.
    private static let isListening: Bool = {
        signal(SIGUSR1, SIG_IGN)
        let source = DispatchSource.makeSignalSource(
            signal: SIGUSR1, queue: DispatchQueue(label: "mainstay.panic", qos: .userInteractive))
        source.setEventHandler { end() }
        source.resume()
        _ = Unmanaged.passRetained(source as AnyObject)
        return true
    }()

    private static func end() {
        for ring in state.withLock({ $0.rings }) { ring.wipe() }
        complain("the keys of this book were destroyed by 'mainstay panic'; this command ended")
        // Other threads go on until then: nothing of theirs is run any more.
        _exit(ExitStatus.notPermitted)
    }

    // MARK: Who ends them

    /// Ends every process that holds this ring's lock: asks it by SIGUSR1, and kills it when it
    /// does not end. Returns within about a second, whoever resists.
    static func stop(_ ringPath: String) -> DestroyKeys.Stopped {
        var stopped = DestroyKeys.Stopped()
        let path = livePath(ringPath)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno != ENOENT {
                stopped.failure = "\(FileError(path: path, code: errno)); live processes not sought"
            }
            return stopped
        }
        defer { close(descriptor) }
        let begun = ContinuousClock.now
        var passed: [off_t] = []
        while let holder = holder(in: descriptor, passing: passed) {
            let grace = min(graceMaximum, patience - (ContinuousClock.now - begun))
            if end(holder, in: descriptor, grace: max(grace, .zero)) {
                stopped.count += 1
            } else {
                stopped.left.append(holder.process)
                passed.append(holder.byte)
                passed.sort()
            }
        }
        return stopped
    }

    private struct Holder {
        /// Not positive for a process of another container, which has no id here.
        let process: pid_t
        let byte: off_t
    }

    /// Whether it ended.
    private static func end(_ holder: Holder, in descriptor: Int32, grace: Duration) -> Bool {
        // Zero and below would signal whole groups of processes.
        guard holder.process > 0 else { return false }
        for (number, wait) in [(SIGUSR1, grace), (SIGKILL, killedMaximum)] {
            if kill(holder.process, number) != 0, errno == EPERM { return false }
            let begun = ContinuousClock.now
            repeat {
                if !holds(holder, in: descriptor) { return true }
                usleep(pauseMicroseconds)
            } while ContinuousClock.now - begun < wait
        }
        return !holds(holder, in: descriptor)
    }

    private static func holds(_ holder: Holder, in descriptor: Int32) -> Bool {
        self.holder(in: descriptor, from: holder.byte, length: 1)?.process == holder.process
    }

    /// One who holds the lock, the bytes of `passed`, which ascend, left aside.
    private static func holder(in descriptor: Int32, passing passed: [off_t]) -> Holder? {
        var from: off_t = 0
        for byte in passed {
            if byte > from,
                let found = holder(in: descriptor, from: from, length: byte - from)
            {
                return found
            }
            from = byte + 1
        }
        // No length is to the end, wherever that is.
        return holder(in: descriptor, from: from, length: 0)
    }

    private static func holder(
        in descriptor: Int32, from start: off_t, length: off_t
    ) -> Holder? {
        var lock = record(F_WRLCK, from: start, length: length)
        guard fcntl(descriptor, F_GETLK, &lock) == 0, Int32(lock.l_type) != Int32(F_UNLCK) else {
            return nil
        }
        return Holder(process: lock.l_pid, byte: lock.l_start)
    }

    // MARK: The file

    /// Beside the file itself, by whatever link it was named.
    private static func livePath(_ ringPath: String) -> String { resolvedPath(ringPath) + ".live" }

    /// Nil when it can neither be opened nor made. Made by root, it is given to the ring's owner,
    /// who has to lock it next time.
    private static func openLive(_ path: String, _ ringPath: String) -> Int32? {
        let isNew = access(path, F_OK) != 0
        let descriptor = open(path, O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        if isNew, geteuid() == 0, stat(ringPath, &status) == 0 {
            _ = fchown(descriptor, status.st_uid, status.st_gid)
        }
        return descriptor
    }

    private static func record(_ type: Int32, from start: off_t, length: off_t) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = start
        lock.l_len = length
        return lock
    }

    /// How long one process may take to end by itself.
    private static let graceMaximum = Duration.milliseconds(300)
    /// How long all of them may; after that they are killed at once.
    private static let patience = Duration.milliseconds(400)
    /// How long the kernel may take to end one.
    private static let killedMaximum = Duration.milliseconds(300)
    private static let pauseMicroseconds: UInt32 = 2_000
}
