import Foundation
import Glibc
import OpenSSL
import Pledging
import Store
import Testing

@Suite struct SealedSpoolTests {
    @Test(arguments: [[], [1], [1 << 18], [(1 << 18) + 1], [100_000, 100_000, 100_000, 7]])
    func `what went in comes out, in order`(_ sizes: [Int]) throws {
        let spool = try SealedSpool()
        var all: [UInt8] = []
        for size in sizes {
            let piece = try randomBytes(max(1, size)).prefix(size)
            all += piece
            try spool.add(Array(piece))
        }
        try spool.finish()
        var read: [UInt8] = []
        while case let piece = try spool.next(), !piece.isEmpty { read += piece }
        #expect(read == all)
        #expect(try spool.next() == [])
        #expect(spool.lines == all.count { $0 == 0x0A })
        var hasher = try SHA256Hasher()
        try all.withUnsafeBytes { try hasher.update($0) }
        #expect(spool.sha256 == hexadecimal(try hasher.finish()))
    }

    @Test func `it has no name, and its bytes on the disk say nothing`() throws {
        let spool = try SealedSpool()
        let secret = Array("reader@example.org,".utf8)
        for _ in 0..<20_000 { try spool.add(secret) }
        try spool.finish()
        // The unnamed files of this process, as the kernel shows them.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        let unnamed = try open.map { "/proc/self/fd/\($0)" }.filter { path in
            var target = [CChar](repeating: 0, count: 1_024)
            let count = readlink(path, &target, target.count)
            let text = String(
                decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) },
                as: UTF8.self)
            return text.contains("/mainstay-") && text.hasSuffix("(deleted)")
        }.map { path in
            // A file of another test may be closed meanwhile.
            guard let reader = try? FileReader(path) else { return Data() }
            var bytes = Data()
            while case let piece = try reader.next(), !piece.isEmpty { bytes += piece }
            return bytes
        }
        #expect(unnamed.contains { $0.count > secret.count * 20_000 })
        #expect(unnamed.allSatisfy { $0.range(of: Data(secret)) == nil })
        withExtendedLifetime(spool) {}
    }
}
