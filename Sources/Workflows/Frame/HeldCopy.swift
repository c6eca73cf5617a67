import Pledging
import Store

// An older copy of the book must not repeat what was done with a newer one: charge, mail and
// deliver twice, or bring back people who were erased. The journal beside the key ring stores the
// number of runs; a copy of the book with fewer runs is held.

extension Context {
    /// Begins a job that acts outside. Throws Problem `.notPermitted` on a held book. Otherwise it
    /// counts the run, so that from now on every older copy is held.
    func beginRun() async throws {
        try await refuseWhileHeld()
        try await recordRun()
    }

    /// Counts a run, first in the book, then in the journal. The new number is at least `least`.
    func recordRun(atLeast least: Int64 = 0) async throws {
        let now = now
        let number = try await change(at: now) { try $0.store.countRun(atLeast: least) }
        let journal = book.journal
        try await fileCalls.run { try journal.record(number, at: now) }
        log(.info, "run begins", ["run": "\(number)"])
    }

    /// Throws Problem `.notPermitted` on a held book.
    func refuseWhileHeld() async throws {
        guard try await isHeld() else { return }
        throw Problem(
            .notPermitted,
            "this book is an older copy than the one that jobs last ran on: it was restored or "
                + "copied, and no jobs run on it; to make it the current book, run 'mainstay "
                + "release'")
    }

    /// Returns the last run of any copy of the book, from the journal; nil before the first.
    func lastRun() async throws -> RingJournal.Run? {
        let journal = book.journal
        return try await fileCalls.run { try journal.lastRun() }
    }

    /// Returns whether this is a restored book, or one that lacks runs or erasures of the journal.
    func isHeld() async throws -> Bool {
        // A run is counted in the book before the journal, so the journal is read first.
        let last = try await lastRun()
        let runs = try await look { try $0.store.runs() }
        if runs < 0 { return true }
        guard let last, runs < last.number else { return false }
        // Only a tombstone is journalled before its commit. This write waits until that commit is
        // done.
        return try await change { try $0.store.runs() } < last.number
    }
}
