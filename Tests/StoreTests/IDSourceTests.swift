import OpenSSL
import Pledging
import Store
import TestSupport
import Testing

@Suite struct IDSourceTests {
    @Test func `ids grow also while the clock stands still or goes back`() throws {
        let source = IDSource(random: RandomSource())
        var last: ID<Pledge>?
        for step in 0..<20_000 {
            let time = Instant.noon.adding(milliseconds: step % 3 == 0 ? -Int64(step) : 0)
            let id: ID<Pledge> = try source.next(at: time)
            if let last {
                #expect(last < id)
                #expect(last.text < id.text)
            }
            last = id
        }
    }

    @Test func `ids of several tasks never repeat`() async throws {
        let source = IDSource(random: RandomSource())
        let all = try await withThrowingTaskGroup(of: [ID<Pledge>].self) { group in
            for _ in 0..<8 {
                group.addTask { try (0..<2_000).map { _ in try source.next(at: .noon) } }
            }
            return try await group.reduce(into: Set<ID<Pledge>>()) { $0.formUnion($1) }
        }
        #expect(all.count == 16_000)
    }

    @Test func `an id carries its time`() throws {
        let id: ID<Pledge> = try IDSource(random: RandomSource()).next(at: .noon)
        #expect(Int64(id.bits >> 80) == Instant.noon.milliseconds)
        #expect(id.text.hasPrefix("plg_"))
    }
}
