package import Pledging
package import Store

/// Lists the keys of the ring, without their secrets, and how much each is used.
package enum ListKeys {
    package enum State: String, Sendable {
        /// New values are sealed, hashed or linked with it.
        case current
        /// Former values are opened or found with it.
        case old
        /// A rotation added it and was cut off before the book used it.
        case next
    }

    package struct Key: Sendable {
        package let id: UInt16
        package let purpose: KeyEntry.Purpose
        package let createdAt: Instant
        package let state: State
        /// How many values use it; nil for a link key, which leaves no trace in the book.
        package let uses: Int?

        package var json: JSON {
            .members([
                "id": .integer(Int64(id)), "purpose": .string(purpose.rawValue),
                "state": .string(state.rawValue), "created_at": .string(createdAt.rfc3339),
                "sealed": purpose == .seal ? uses.map { .integer(Int64($0)) } : nil,
                "hashes": purpose == .hash ? uses.map { .integer(Int64($0)) } : nil,
            ])
        }
    }

    /// Returns all keys of the ring's file, in the order of their numbers. It reads the whole book.
    /// Throws what `KeyRingStorage` throws.
    package static func run(ring: KeyRingStorage, in context: Context) async throws -> [Key] {
        let entries = try ring.open().entries.sorted { $0.id < $1.id }
        let lastLink = entries.last { $0.purpose == .link }?.id ?? 0
        return try await context.look { look in
            let named = try look.store.keysInUse()
            return try entries.map { entry in
                let current: UInt16
                var uses: Int?
                switch entry.purpose {
                case .seal:
                    current = named.seal
                    uses = try look.store.uses(ofSealKey: entry.id).total
                case .hash:
                    current = named.hash
                    uses = try look.store.uses(ofHashKey: entry.id).total
                case .link: current = lastLink
                }
                return Key(
                    id: entry.id, purpose: entry.purpose, createdAt: entry.createdAt,
                    state: entry.id == current ? .current : entry.id < current ? .old : .next,
                    uses: uses)
            }
        }
    }
}

extension [KeyUse] {
    fileprivate var total: Int { reduce(0) { $0 + $1.count } }
}
