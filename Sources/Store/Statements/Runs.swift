package import Pledging

extension Transaction {
    /// How often jobs that act on the outside have run on this book, erasures included.
    package func runs() throws -> Int64 {
        try connection.run("SELECT runs FROM newsroom")[0].read { try $0.integer() }
    }

    /// Counts one more, or as many as `atLeast` says; returns its number.
    @discardableResult
    package func countRun(atLeast least: Int64 = 0) throws -> Int64 {
        try connection.run(
            """
            UPDATE newsroom SET runs = CASE WHEN runs + 1 < $1 THEN $1 ELSE runs + 1 END
            RETURNING runs
            """, .integer(least)
        )[0].read { try $0.integer() }
    }

    /// Remembers beside the ring that these people must not come back with an old copy of the book.
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
