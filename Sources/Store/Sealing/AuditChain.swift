import OpenSSL
package import Pledging

/// Computes the audit trail: digests of events, and the hash chain over them.
///
/// head₀ is 32 zero bytes; headₙ is SHA-256(headₙ₋₁ ‖ digestₙ). When an event is redacted its
/// digest stays, so the chain still verifies; its salt is deleted, so the event cannot be guessed
/// from the digest.
package enum AuditChain {
    package static let saltLength = 16
    /// The head of a chain without entries.
    package static let start = [UInt8](repeating: 0, count: 32)

    /// Returns the SHA-256 of the salt and of each field after its length, so that no two events
    /// give the same input.
    ///
    /// The sealed name of who acted is left out: a rotation of keys seals it anew, and AES-GCM
    /// authenticates it. Throws only when libcrypto fails.
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

    /// Returns the head after one more entry. Throws only when libcrypto fails.
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

    /// The data of a redaction's event: a proof of which entries it redacted, which only this
    /// book's key ring can make.
    package static func redactionData(proof: String) -> JSON { ["proof": .string(proof)] }

    /// Returns whether this proof is all the data of an event's body, as `Event.body` writes it.
    static func proves(_ body: String, _ proof: String) -> Bool {
        body.hasSuffix(",\"data\":\(redactionData(proof: proof).text)}")
    }
}

/// The columns of an event that a digest covers.
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

/// One entry of the chain.
package struct AuditEntry: Sendable {
    /// 1, 2, 3 … without gaps.
    package let position: Int64
    /// Nil once the event is redacted, as is the salt.
    package let eventID: String?
    package let salt: [UInt8]?
    package let digest: [UInt8]
    /// The id of the event that records the redaction; nil until then.
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
    /// The position of the last entry that it covers.
    package let position: Int64
    package let head: [UInt8]
    /// Every event up to this time is sealed. It is the time of sealing or, when more events waited
    /// behind the batch, the time of its newest event.
    package let at: Instant

    package init(position: Int64, head: [UInt8], at: Instant) {
        self.position = position
        self.head = head
        self.at = at
    }
}
