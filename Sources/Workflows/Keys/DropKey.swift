import Pledging
package import Store

/// Removes a former key from the ring, once nothing in the book uses it.
///
/// Only a key that is older than the one in use can be removed. The book never uses such a key for
/// new values, so none can appear between the check and the removal.
package enum DropKey {
    /// Throws Problem `.notFound` where the ring has no such key, `.conflict` where the key is
    /// needed, `.notPermitted` on a held book, and what `KeyRingStorage` throws.
    package static func run(
        _ id: UInt16, ring: KeyRingStorage, in context: Context
    ) async throws {
        try await context.refuseWhileHeld()
        guard let key = try ring.open().entries.first(where: { $0.id == id }) else {
            throw Problem(.notFound, "the key ring has no key \(id); see 'mainstay keys list'")
        }
        let purpose = key.purpose
        // Checked in a read first, so that a refusal keeps no writer waiting.
        try await context.look { try $0.refuseToDrop(id, purpose) }
        try await context.change { try $0.refuseToDrop(id, purpose) }
        try ring.remove(id)
    }
}

extension Moment {
    /// Throws Problem `.conflict` unless the key is a former one that nothing uses.
    fileprivate func refuseToDrop(_ id: UInt16, _ purpose: KeyEntry.Purpose) throws {
        let named = try store.keysInUse()
        let current: UInt16
        let uses: [KeyUse]
        switch purpose {
        case .link:
            throw Problem(.conflict, "key \(id) makes the links in mails and cannot be dropped")
        case .seal:
            current = named.seal
            uses = try id < current ? store.uses(ofSealKey: id) : []
        case .hash:
            current = named.hash
            uses = try id < current ? store.uses(ofHashKey: id) : []
        }
        let option = purpose == .hash ? " --hashes" : ""
        guard id != current else {
            throw Problem(
                .conflict,
                "key \(id) is in use; 'mainstay keys rotate\(option)' replaces it")
        }
        guard id < current else {
            throw Problem(
                .conflict,
                "key \(id) was added by a rotation that is unfinished; "
                    + "'mainstay keys rotate\(option) --resume' finishes it")
        }
        guard uses.isEmpty else {
            let places = uses.map { "\($0.count) in \($0.table)" }.joined(separator: ", ")
            let advice =
                purpose == .hash
                ? "hashes whose source was deleted cannot be moved to another key"
                : "'mainstay keys rotate --resume' moves them to the current key"
            throw Problem(.conflict, "key \(id) is still used (\(places)); \(advice)")
        }
    }
}
