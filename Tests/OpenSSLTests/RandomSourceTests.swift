import OpenSSL
import Testing

@Suite struct RandomSourceTests {
    @Test(arguments: [0, 1, 12, 255, 256, 257, 4_096, 10_000])
    func `portions have the length asked for`(count: Int) throws {
        #expect(try randomBytes(count).count == count)
        #expect(try RandomSource().bytes(count).count == count)
    }

    @Test func `no portion comes twice, across refills of the pool and of any length`() throws {
        let source = RandomSource()
        // 16 bytes of each portion: two equal ones are a fault, not chance.
        let heads = try (0..<10_000).map { turn in
            Array(try source.bytes(16 + turn % 250).prefix(16))
        }
        #expect(Set(heads).count == heads.count)
        #expect(!heads.contains([UInt8](repeating: 0, count: 16)))
    }

    @Test func `every bit is set about half the time`() throws {
        let source = RandomSource()
        var counts = [Int](repeating: 0, count: 96)
        let rounds = 10_000
        for _ in 0..<rounds {
            for (index, byte) in try source.bytes(12).enumerated() {
                for bit in 0..<8 where byte >> bit & 1 == 1 { counts[index * 8 + bit] += 1 }
            }
        }
        // 500 is ten standard deviations of 50.
        #expect(counts.allSatisfy { abs($0 - rounds / 2) < 500 })
    }

    @Test func `many tasks may share one source and never share bytes`() async throws {
        let source = RandomSource()
        let all = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<16 {
                group.addTask { @concurrent in try (0..<500).map { _ in try source.bytes(12) } }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(all).count == 16 * 500)
    }

    @Test func `random bytes are distinct`() throws {
        #expect(Set(try (0..<1_000).map { _ in try randomBytes(16) }).count == 1_000)
    }
}
