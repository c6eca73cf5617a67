package import Pledging

extension Transaction {
    package func insert(_ attention: Attention) throws {
        try insertRow(attention, Attention.columns)
    }

    /// Throws StaleVersion when the stored version is not the one before.
    package func update(_ attention: Attention) throws {
        guard try updateRow(attention, Attention.columns) else {
            throw StaleVersion(id: attention.id.text)
        }
    }

    /// Counts that the cause of an open attention was seen again. Its version stays.
    package func countSeen(_ id: ID<Attention>, detail: String?, at now: Instant) throws {
        _ = try connection.run(
            """
            UPDATE attentions SET last_seen_at = $1, times_seen = times_seen + 1,
                detail = coalesce($2, detail)
            WHERE id = $3
            """, Value(now), Value(detail), Value(id))
    }

    /// Records that the operator's mail about these was queued. Their versions stay.
    package func markTold(_ ids: [ID<Attention>], at now: Instant) throws {
        _ = try connection.run(
            "UPDATE attentions SET told_at = $1 WHERE id = $2",
            ids.map { [Value(now), Value($0)] })
    }

    /// Returns when the operator's last mail about any of them was queued; nil before the first.
    package func lastAttentionToldAt() throws -> Instant? {
        try connection.run("SELECT max(told_at) FROM attentions").first?.read {
            try $0.instantOrNil()
        }
    }

    package func attention(_ id: ID<Attention>) throws -> Attention? {
        try connection.run(
            Statement("SELECT \(Attention.columns.selected) FROM attentions WHERE id = $1"),
            Value(id)
        ).first?.read(decodeAttention)
    }

    package func openAttention(_ kind: Attention.Kind, _ subject: String) throws -> Attention? {
        try connection.run(Transaction.openAttentionOf, Value(kind), .text(subject))
            .first?.read(decodeAttention)
    }

    /// Asked with every mail that was sent and every charge that was answered.
    private static let openAttentionOf = Statement(
        """
        SELECT \(Attention.columns.selected) FROM attentions
        WHERE kind = $1 AND subject = $2 AND resolved_at IS NULL
        """)

    /// Returns all open ones, oldest first, at most `limit`.
    package func openAttentions(limit: Int) throws -> [Attention] {
        try attentions(onlyOpen: true, after: "", limit: limit)
    }

    /// Returns how many are open of each kind.
    package func openAttentionCounts() throws -> [Attention.Kind: Int] {
        let rows = try connection.run(
            "SELECT kind, count(*) FROM attentions WHERE resolved_at IS NULL GROUP BY kind"
        ).read { row -> (Attention.Kind, Int) in try (row.choice(), Int(row.integer())) }
        return Dictionary(uniqueKeysWithValues: rows)
    }

    /// Returns a page by id, oldest first.
    package func attentions(
        onlyOpen: Bool, after last: String, limit: Int
    ) throws -> [Attention] {
        try connection.run(
            Statement(
                """
                SELECT \(Attention.columns.selected) FROM attentions
                WHERE id > $1 \(onlyOpen ? "AND resolved_at IS NULL" : "") ORDER BY id LIMIT $2
                """), .text(last), Value(limit)
        ).read(decodeAttention)
    }

    /// Deletes all attentions about these subjects; returns their ids.
    func deleteAttentions(about subjects: [String]) throws -> [ID<Attention>] {
        try subjects.flatMap { subject in
            try connection.run(
                "DELETE FROM attentions WHERE subject = $1 RETURNING id", .text(subject)
            ).read { try $0.id() }
        }
    }

    // MARK: Columns

    /// In the order of `Attention.columns`.
    private func decodeAttention(_ row: inout RowReader) throws -> Attention {
        let (id, kind): (ID<Attention>, Attention.Kind) = try (row.id(), row.choice())
        let (subject, detail) = try (row.text(), row.textOrNil())
        let (first, last) = try (row.instant(), row.instant())
        let (times, told) = try (Int(row.integer()), row.instantOrNil())
        let (resolvedAt, resolvedBy) = try (row.instantOrNil(), row.textOrNil())
        let resolution = resolvedAt.flatMap { at in
            resolvedBy.map { Attention.Resolution(at: at, by: $0) }
        }
        return try Attention(
            id: id, kind: kind, subject: subject, detail: detail, firstSeenAt: first,
            lastSeenAt: last, timesSeen: times, toldAt: told, resolution: resolution,
            version: row.integer())
    }
}

extension Attention {
    static let columns = EntityColumns<Attention>(
        "attentions",
        [
            .key("id") { Value($0.id) },
            .fixed("kind") { Value($0.kind) },
            .fixed("subject") { .text($0.subject) },
            .changing("detail") { Value($0.detail) },
            .fixed("first_seen_at") { Value($0.firstSeenAt) },
            .changing("last_seen_at") { Value($0.lastSeenAt) },
            .changing("times_seen") { Value($0.timesSeen) },
            .changing("told_at") { Value($0.toldAt) },
            .changing("resolved_at") { Value($0.resolution?.at) },
            .changing("resolved_by") { Value($0.resolution?.by) },
            .version { $0.version },
        ])
}
