import Pledging

/// The last lines of what happened, and a hash of all lines.
struct Trace {
    private(set) var lines: [String] = []
    private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String, at now: Instant) {
        let line = "\(now.rfc3339.prefix(16)) \(text)"
        // FNV-1a (Fowler, Noll, Vo), 64 bits: the same in every process, unlike Hasher.
        for byte in line.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
        lines.append(line)
        if lines.count > 2 * Trace.kept { lines.removeFirst(Trace.kept) }
    }

    var last: [String] { Array(lines.suffix(Trace.kept)) }

    private static let kept = 60
}
