import Pledging
import Store

/// Raises and resolves what needs a person of the newsroom.
struct AttentionMoves {
    let change: Change

    /// Opens it, or counts that its cause was seen again while it is open.
    func raise(_ kind: Attention.Kind, _ subject: String, _ detail: String? = nil) throws {
        let detail = detail.map { String($0.prefix(AttentionMoves.detailMaximumCharacters)) }
        if let open = try change.store.openAttention(kind, subject) {
            return try change.store.countSeen(open.id, detail: detail, at: change.now)
        }
        let attention = Attention(
            id: try change.id(), kind: kind, subject: subject, detail: detail,
            firstSeenAt: change.now)
        try change.store.insert(attention)
        try change.emit(.attentionRaised, attention)
        let context = change.context
        change.afterCommit {
            context.log(
                .warning, "attention", ["kind": "\(kind)", "subject": "\(subject)"])
        }
    }

    /// Resolves it if it is open: its cause is gone.
    func resolve(_ kind: Attention.Kind, _ subject: String) throws {
        guard let open = try change.store.openAttention(kind, subject) else { return }
        try resolve(open)
    }

    func resolve(_ attention: Attention) throws {
        guard attention.resolution == nil else { return }
        var resolved = attention
        resolved.resolution = Attention.Resolution(
            at: change.now, by: change.context.actor.text)
        resolved.version += 1
        try change.store.update(resolved)
        try change.emit(.attentionResolved, resolved)
    }

    private static let detailMaximumCharacters = 60
}

extension Change {
    var attention: AttentionMoves { AttentionMoves(change: self) }
}

extension Moment {
    /// Returns what is open, oldest first, as lines of a mail; more would not be read in one.
    func openAttentionLines() throws -> [Attention.Line] {
        try store.openAttentions(limit: 200).map(\.line)
    }
}

extension Context {
    /// Resolves it if it is open and `isGone`. Most calls find nothing: a read costs the writers
    /// nothing.
    func resolve(
        _ kind: Attention.Kind, _ subject: String,
        if isGone: (Attention) -> Bool = { _ in true }
    ) async throws {
        let open = try await look { try $0.store.openAttention(kind, subject) }
        guard let open, isGone(open) else { return }
        try await change { try $0.attention.resolve(kind, subject) }
    }
}
