import OpenSSL
package import Pledging

/// The computing of the audit trail: digests of events, and the chain over them.
///
/// head₀ is 32 zero bytes; headₙ is SHA-256(headₙ₋₁ ‖ digestₙ). A digest stays when its event is
/// redacted, so the chain goes on to verify; the salt goes, so nothing can be guessed from it.
package enum AuditChain {
    package static let saltLength = 16
    /// The head of a chain without entries.
    package static let start = [UInt8](repeating: 0, count: 32)

    /// SHA-256 of the salt and of each field behind its length, so that no two events read alike.
    ///
    /// The sealed name of who acted is left out: a rotation of keys seals it anew, and AES-GCM
    /// authenticates it by itself. Throws only when libcrypto fails.
    package static func digest(of event: AuditedEvent, salt: [UInt8]) throws -> [UInt8] {
        var bytes = salt
        bytes.reserveCapacity(salt.count + event.body.utf8.count + 200)
        let fields = [
            event.id, event.type, event.subjectID, String(event.sequence),
            String(event.at.milliseconds), event.actor, event.body,
        ]
        for field in fields {
            let length = UInt32(field.utf8.count)
            withUnsafeBytes(of: length.bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: field.utf8)
        }
        return try sha256(bytes)
    }

    /// The head after one more entry. Throws only when libcrypto fails.
    package static func head(
        after head: [UInt8], adding digest: [UInt8]
    ) throws -> [UInt8] {
        try sha256(head + digest)
    }

    private static func sha256(_ bytes: [UInt8]) throws -> [UInt8] {
        var hasher = try SHA256Hasher()
        try bytes.withUnsafeBytes { try hasher.update($0) }
        return try hasher.finish()
    }

    // MARK: Redaction

    /// What the event of a redaction says: which entries it redacted, by a code that only this
    /// book's key ring makes.
    package static func redactionData(proof: String) -> JSON { ["proof": .string(proof)] }

    /// Whether an event's body, as `Event.body` writes it, has this proof alone as its data.
    static func proves(_ body: String, _ proof: String) -> Bool {
        body.hasSuffix(",\"data\":\(redactionData(proof: proof).text)}")
    }
}

/// What a digest covers of an event's row.
package struct AuditedEvent: Sendable {
    package let id: String
    package let type: String
    package let subjectID: String
    package let sequence: Int64
    package let at: Instant
    package let actor: String
    package let body: String

    package init(
        id: String, type: String, subjectID: String, sequence: Int64, at: Instant, actor: String,
        body: String
    ) {
        self.id = id
        self.type = type
        self.subjectID = subjectID
        self.sequence = sequence
        self.at = at
        self.actor = actor
        self.body = body
    }
}

/// One link of the chain.
package struct AuditEntry: Sendable {
    /// 1, 2, 3 … without gaps.
    package let position: Int64
    /// Nil once the event is redacted, as is the salt.
    package let eventID: String?
    package let salt: [UInt8]?
    package let digest: [UInt8]
    /// The id of the event that says of the redaction.
    package let redactionID: String?

    package init(
        position: Int64, eventID: String?, salt: [UInt8]?, digest: [UInt8],
        redactionID: String? = nil
    ) {
        self.position = position
        self.eventID = eventID
        self.salt = salt
        self.digest = digest
        self.redactionID = redactionID
    }
}

/// The head of the chain after a batch of entries.
package struct AuditSeal: Hashable, Sendable {
    /// Of the last entry that it covers.
    package let position: Int64
    package let head: [UInt8]
    /// Every event up to this time was sealed: the time of sealing; of a batch behind which more
    /// events waited, the time of its newest event.
    package let at: Instant

    package init(position: Int64, head: [UInt8], at: Instant) {
        self.position = position
        self.head = head
        self.at = at
    }
}
