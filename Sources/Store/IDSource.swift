package import OpenSSL
package import Pledging
import Synchronization

/// Where new ids come from: UUIDv7 in strictly increasing order within this process.
package final class IDSource: Sendable {
    private let random: RandomSource
    private let sequence = Mutex(IDSequence())

    package init(random: RandomSource) { self.random = random }

    /// An id that carries the time `now`.
    package func next<Entity: Identified>(at now: Instant) throws -> ID<Entity> {
        let bytes = try random.bytes(16)
        let bits = bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        return ID(bits: sequence.withLock { $0.next(at: now, random: bits) })
    }
}
