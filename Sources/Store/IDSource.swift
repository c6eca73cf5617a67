package import OpenSSL
package import Pledging
import Synchronization

/// Makes new ids: UUIDv7, in strictly increasing order within this process.
package final class IDSource: Sendable {
    private let bits: @Sendable () throws -> UInt128
    private let sequence = Mutex(IDSequence())

    package convenience init(random: RandomSource) {
        self.init(bits: {
            try random.bytes(16).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        })
    }

    /// For simulations, which need the same ids in every run. `bits` must return new bits each
    /// time, as random as ids must be, and be safe to call from any task.
    package init(bits: @escaping @Sendable () throws -> UInt128) { self.bits = bits }

    /// Returns a new id that contains the time `now`.
    package func next<Entity: Identified>(at now: Instant) throws -> ID<Entity> {
        let random = try bits()
        return ID(bits: sequence.withLock { $0.next(at: now, random: random) })
    }
}
