import Pledging
import Store

/// A page of entries with the seals among them, read in one transaction.
struct ChainPage: Sendable {
    let entries: [StoredAuditEntry]
    let seals: [AuditSeal]
    let isLast: Bool
}

extension ChainPage {
    init(after last: Int64, _ size: Int, from store: Transaction) throws {
        let entries = try store.auditEntries(after: last, limit: size)
        let isLast = entries.count < size
        // A sound page has no more seals than entries: one more is a finding already.
        let seals = try store.auditSeals(
            after: last, through: isLast ? .max : entries.last?.entry.position ?? .max,
            limit: size + 1)
        self.init(entries: entries, seals: seals, isLast: isLast)
    }
}

/// Checks the chain from its beginning, page by page.
struct ChainReader {
    typealias Finding = VerifyAudit.Finding

    let keptHead: VerifyAudit.KeptHead?
    /// The position of the last entry that was read.
    private(set) var position: Int64 = 0
    private(set) var head = AuditChain.start
    private(set) var entries = 0
    private(set) var redacted = 0
    private var lastSealed: Int64 = 0
    private var hasSeenKept = false

    init(keptHead: VerifyAudit.KeptHead?) { self.keptHead = keptHead }

    mutating func read(_ page: ChainPage) throws -> [Finding] {
        var findings: [Finding] = []
        var seals = page.seals[...]
        for stored in page.entries {
            while let seal = seals.first, seal.position < stored.entry.position {
                findings.append(ChainReader.withoutEntry(seal))
                seals.removeFirst()
            }
            findings += try link(stored.entry)
            if let finding = try ChainReader.compare(stored) { findings.append(finding) }
            guard let seal = seals.first, seal.position == position else { continue }
            seals.removeFirst()
            lastSealed = position
            guard seal.head != head else { continue }
            findings.append(
                Finding(.brokenChain, position, "the seal's head does not follow from the entries"))
            // The check goes on from the seal's head, so that one break is reported once.
            head = seal.head
        }
        return findings + seals.map(ChainReader.withoutEntry)
    }

    /// Returns the findings after the last page.
    func end() -> [Finding] {
        var findings: [Finding] = []
        if lastSealed < position {
            findings.append(
                Finding(.brokenChain, position, "the entries after \(lastSealed) have no seal"))
        }
        if let keptHead, !hasSeenKept {
            findings.append(
                Finding(
                    .headMismatch, keptHead.position,
                    "the chain has no entry at the position of the kept head"))
        }
        return findings
    }

    private mutating func link(_ entry: AuditEntry) throws -> [Finding] {
        var findings: [Finding] = []
        if entry.position != position + 1 {
            findings.append(
                Finding(
                    .brokenChain, position + 1,
                    "the entries before \(entry.position) are missing"))
        }
        position = entry.position
        head = try AuditChain.head(after: head, adding: entry.digest)
        entries += 1
        if entry.redactionID != nil { redacted += 1 }
        if let keptHead, keptHead.position == position {
            hasSeenKept = true
            if keptHead.head != head {
                findings.append(
                    Finding(.headMismatch, position, "the kept head differs from the chain's head"))
            }
        }
        return findings
    }

    /// Compares an event's row with what was sealed of it.
    private static func compare(_ stored: StoredAuditEntry) throws -> Finding? {
        let entry = stored.entry
        guard entry.redactionID == nil else { return nil }
        guard let eventID = entry.eventID, let event = stored.event else {
            return Finding(
                .removed, entry.eventID ?? String(entry.position),
                "the event of entry \(entry.position) is gone")
        }
        let digest = try entry.salt.map { try AuditChain.digest(of: event, salt: $0) }
        guard digest == entry.digest else {
            return Finding(.changed, eventID, "it differs from what entry \(entry.position) sealed")
        }
        guard stored.eventPosition == entry.position else {
            return Finding(
                .changed, eventID, "its row no longer names its entry \(entry.position)")
        }
        return nil
    }

    private static func withoutEntry(_ seal: AuditSeal) -> Finding {
        Finding(.brokenChain, seal.position, "there is a seal without an entry")
    }
}
