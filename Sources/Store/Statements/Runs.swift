package import Pledging

extension Transaction {
    /// Returns how often jobs that act outside have run on this book, erasures included; below zero
    /// in a book that was restored and not released since.
    package func runs() throws -> Int64 {
        try connection.run("SELECT runs FROM newsroom")[0].read { try $0.integer() }
    }

    /// Counts one more run; returns its number, which is at least `atLeast`.
    @discardableResult
    package func countRun(atLeast least: Int64 = 0) throws -> Int64 {
        try connection.run(
            """
            UPDATE newsroom SET runs = CASE WHEN runs + 1 < $1 THEN $1 ELSE runs + 1 END
            RETURNING runs
            """, .integer(least)
        )[0].read { try $0.integer() }
    }

    /// Marks the book as restored: it is held until it is released, whatever the journal says.
    package func markRestored() throws {
        _ = try connection.run("UPDATE newsroom SET runs = -1")
    }

    /// Records that this book was made the present one.
    package func markReleased(at now: Instant) throws {
        _ = try connection.run("UPDATE newsroom SET released_at = $1", Value(now))
    }

    /// Returns when this book was made the present one; nil if it never was a copy.
    package func releasedAt() throws -> Instant? {
        try connection.run("SELECT released_at FROM newsroom").first?.read {
            try $0.instantOrNil()
        }
    }

    /// Counts a run, and records beside the ring that these people must not come back with an older
    /// copy of the book. Throws FileError when the journal cannot be written.
    package func recordTombstones(
        _ supporters: [ID<Supporter>], _ deed: RingJournal.Tombstone.Deed
    ) throws {
        guard !supporters.isEmpty else { return }
        let run = try countRun()
        try journal.recordTombstones(
            supporters.map {
                RingJournal.Tombstone(run: run, deed: deed, supporterID: $0)
            })
    }
}
