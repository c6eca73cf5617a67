import Dispatch
import Glibc
import Store
import Synchronization
import Workflows

/// Every process that opens a ring holds a lock on `RING.live`, so that `panic` finds it, and ends
/// on SIGUSR1 with its keys wiped. The kernel releases the lock when the process ends, however it
/// ends.
///
/// F_GETLK names only one holder of a POSIX record lock. Each process therefore locks the one byte
/// whose offset is its id, so that a holder that cannot be signalled does not hide the others.
enum LiveProcesses {
    private struct State {
        /// Open for the life of the process: closing any descriptor of a file drops its locks.
        var descriptors: [String: Int32] = [:]
        var rings: [KeyRing] = []
    }

    private static let state = Mutex(State())

    // MARK: The process that holds keys

    /// Call before opening a ring: makes this process findable and disables its core dumps. If the
    /// lock's file cannot be made, as on a read-only disk, the process goes on; `isFound` reports
    /// it.
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

    /// Registers keys to be wiped when the process is told to end.
    static func hold(_ keys: KeyRing) { state.withLock { $0.rings.append(keys) } }

    /// Whether this process holds the lock for that ring.
    static func isFound(_ ringPath: String) -> Bool {
        state.withLock { $0.descriptors[livePath(ringPath)] != nil }
    }

    /// Unblocks SIGUSR1, because a process inherits its parent's signal mask. Call it before there
    /// is a second thread.
    static func unblockSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGUSR1)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Disables core dumps, so that no key reaches a disk in one.
    static func leaveNoCoreDump() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        // The limit does not apply where dumps go to a program; this keeps memory out of those.
        let descriptor = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        _ = writeAll(Array("0".utf8)[...], to: descriptor)
        close(descriptor)
    }

    /// Installs the handler of the signal, once, until the process ends.
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
        // Other threads run until this call, which ends them at once.
        _exit(ExitStatus.notPermitted)
    }

    // MARK: Ending them

    /// Ends every process that holds this ring's lock: by SIGUSR1, then by SIGKILL if it does not
    /// end. Returns within about a second, even if a process does not end.
    static func stop(_ ringPath: String) -> DestroyKeys.Stopped {
        var stopped = DestroyKeys.Stopped()
        let path = livePath(ringPath)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno != ENOENT {
                stopped.failure =
                    "\(FileError(path: path, code: errno)); running processes were not searched for"
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
        /// Zero or less for a process of another container, which has no id here.
        let process: pid_t
        let byte: off_t
    }

    /// Ends a process; returns whether it ended.
    private static func end(_ holder: Holder, in descriptor: Int32, grace: Duration) -> Bool {
        // Zero or less would signal whole groups of processes.
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

    /// Returns a holder of the lock, except at the bytes of `passed`, which are in ascending order.
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
        // Length 0 means to the end of the file, wherever that is.
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

    /// Beside the ring's file itself, even if a link named it.
    private static func livePath(_ ringPath: String) -> String { resolvedPath(ringPath) + ".live" }

    /// Opens the file or makes it; nil if neither works. If root makes it, the ring's owner gets
    /// it, who has to lock it next time.
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
    /// How long all of them together may take; after that they are killed at once.
    private static let patience = Duration.milliseconds(400)
    /// How long the kernel may take to end one.
    private static let killedMaximum = Duration.milliseconds(300)
    private static let pauseMicroseconds: UInt32 = 2_000
}
