import Pledging
import Store

// A copy of the book that is older than what was done with it must not do it again: charge, mail
// and deliver twice, or bring back whom others erased. The journal beside the key ring knows how
// far the book has been; a copy that has not been as far is held.

extension Context {
    /// Before a job acts on the outside: refuses on a held book; else counts the run, in the book
    /// and then beside the ring, so that from now on every older copy is held.
    func beginRun() async throws {
        try await refuseWhileHeld()
        try await recordRun()
    }

    /// Counts a run, or as many as `atLeast` says: in the book first, then beside the ring.
    func recordRun(atLeast least: Int64 = 0) async throws {
        let now = now
        let number = try await change(at: now) { try $0.store.countRun(atLeast: least) }
        let journal = book.journal
        try await fileCalls.run { try journal.record(number, at: now) }
        log(.info, "run begins", ["run": "\(number)"])
    }

    func refuseWhileHeld() async throws {
        guard try await isHeld() else { return }
        throw Problem(
            .notPermitted,
            "this book is an older copy than the one that jobs last ran on: it was restored or "
                + "copied, and is held; to make it the present one, run 'mainstay release'")
    }

    /// The last run that any copy of the book has had, from the journal; nil before the first.
    func lastRun() async throws -> RingJournal.Run? {
        let journal = book.journal
        return try await fileCalls.run { try journal.lastRun() }
    }

    /// Whether runs or erasures are remembered that this copy has not seen.
    func isHeld() async throws -> Bool {
        // The book moves first and the journal after it, so the journal is asked first.
        guard let last = try await lastRun() else { return false }
        if try await look({ try $0.store.runs() }) >= last.number { return false }
        // Only a tombstone is recorded before its commit: a write waits until that is done.
        return try await change { try $0.store.runs() } < last.number
    }
}
