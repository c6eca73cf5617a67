package import Pledging
import Store

/// Seals events into the audit trail, oldest first: each event gets an entry of the hash chain, and
/// each batch a seal, which is the chain's head after it.
///
/// A batch is one transaction that reads the end of the chain itself. A run that is killed, or runs
/// twice at once, leaves a sound chain; what was not sealed waits for the next run.
package enum SealEvents {
    package struct Summary: Hashable, Sendable {
        /// Events sealed by this run.
        package var sealed = 0
        /// The last entry of the chain; 0 when it has none.
        package var position: Int64 = 0
        package var head = AuditChain.start

        package var json: JSON {
            [
                "sealed": .integer(Int64(sealed)), "position": .integer(position),
                "head": .string(hexadecimal(head)),
            ]
        }
    }

    /// Seals all events that are not sealed yet; `progress` gets how many were sealed so far.
    /// Throws Problem `.conflict` when the chain does not end with its last seal.
    package static func run(
        in context: Context, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Summary {
        let context = context.acting(as: "seal")
        var summary = Summary()
        while true {
            let batch = try await context.change { try $0.sealBatch(of: batchSize) }
            summary.sealed += batch.sealed
            if let seal = batch.lastSeal {
                summary.position = seal.position
                summary.head = seal.head
            }
            progress(summary.sealed)
            guard batch.moreWait else {
                context.log(.info, "events sealed", summary.json)
                return summary
            }
        }
    }

    /// Returns how many events are not sealed yet.
    package static func waiting(in context: Context) async throws -> Int {
        let now = context.now
        return try await context.book.read { try $0.backlog(of: .seal, at: now)?.count ?? 0 }
    }

    /// Events per transaction: few enough that other writers hardly wait.
    private static let batchSize = 500
}

private struct SealedBatch: Sendable {
    let sealed: Int
    /// Nil when nothing was ever sealed.
    let lastSeal: AuditSeal?
    let moreWait: Bool
}

extension Change {
    fileprivate func sealBatch(of limit: Int) throws -> SealedBatch {
        let lastSeal = try store.lastAuditSeal()
        let start = lastSeal?.position ?? 0
        guard try store.lastAuditPosition() == start else {
            throw Problem(
                .conflict,
                "the audit trail's last seal is not at its last entry; see 'mainstay audit verify'")
        }
        // 1. Read one event more than a batch, to see whether more wait.
        let found = try store.unsealedEvents(limit: limit + 1)
        let moreWait = found.count > limit
        let events = found.prefix(limit)
        guard let newest = events.map(\.at).max() else {
            return SealedBatch(sealed: 0, lastSeal: lastSeal, moreWait: false)
        }
        // 2. The chain goes on from the last head.
        var head = lastSeal?.head ?? AuditChain.start
        var entries: [AuditEntry] = []
        for event in events {
            let salt = try store.keys.salt(AuditChain.saltLength)
            let digest = try AuditChain.digest(of: event, salt: salt)
            head = try AuditChain.head(after: head, adding: digest)
            entries.append(
                AuditEntry(
                    position: start + Int64(entries.count) + 1, eventID: event.id, salt: salt,
                    digest: digest))
        }
        try store.insertAuditEntries(entries)
        // 3. The seal's time says up to when every event is sealed.
        let seal = AuditSeal(
            position: start + Int64(entries.count), head: head,
            at: moreWait ? min(now, newest) : now)
        try store.insert(seal)
        return SealedBatch(sealed: entries.count, lastSeal: seal, moreWait: moreWait)
    }
}
