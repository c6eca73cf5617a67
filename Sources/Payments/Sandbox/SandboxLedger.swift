import Foundation
import Glibc
import Pledging

/// The Sandbox's own book: one file, one line of JSON for each fact, only ever added to. Several
/// processes may share it. Nothing is flushed to the disk: a killed process loses nothing that
/// write(2) took, and this is no bank.
///
/// Memory holds a hash and an offset for each payment; a line is read back when it is needed.
struct SandboxLedger: ~Copyable {
    /// One fact, as it stands in the file.
    struct Fact: Codable, Sendable {
        enum Kind: String, Codable { case pay, lost, settle, refund, dispute, forget }

        var kind: Kind
        /// When, in milliseconds.
        var at: Int64
        /// The idempotency key of a payment or refund.
        var key: String?
        /// Of what payment: its name; nil for the payment itself.
        var payment: String?
        var book: String?
        var charge: String?
        var pledge: String?
        var period: Int?
        var periods: Int?
        var attempt: Int?
        var minor: Int64?
        var currency: String?
        /// `succeeded`, `declined`, `action`, `pending`; of a dispute `open`, `won`, `lost`.
        var state: String?
        var code: String?
        /// Of a payment that succeeds later, or is disputed: when, in milliseconds.
        var ripensAt: Int64?
        /// Our number of a refund.
        var number: Int?
        /// A digest of the token.
        var token: String?
    }

    private let descriptor: Int32
    /// How much of the file has been read.
    private var end: UInt64 = 0
    /// Where the last line with a key begins, by the hash of the key; more than one of the same
    /// hash stand in `collisions`.
    private var offsets: [UInt64: UInt64] = [:]
    private var collisions: [UInt64: [UInt64]] = [:]
    /// Later facts of a payment, by its offset.
    private var later: [UInt64: [UInt64]] = [:]
    private var forgotten: Set<String> = []
    private var ripening: [(at: Int64, offset: UInt64)] = []

    init(path: String) throws(SandboxError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SandboxError(path: path, reason: errno) }
    }

    deinit { close(descriptor) }

    // MARK: One step at a time

    /// Runs `body` while no other process writes, with all that they wrote before.
    mutating func locked<Answer>(
        _ body: (inout SandboxLedger) throws -> Answer
    ) throws -> Answer {
        guard flock(descriptor, LOCK_EX) == 0 else { throw SandboxError(path: "", reason: errno) }
        defer { flock(descriptor, LOCK_UN) }
        try catchUp()
        return try body(&self)
    }

    /// Adds a fact; returns where its line begins.
    @discardableResult
    mutating func append(_ fact: Fact) throws -> UInt64 {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line = [UInt8](try encoder.encode(fact))
        line.append(UInt8(ascii: "\n"))
        guard write(descriptor, line, line.count) == line.count else {
            throw SandboxError(path: "", reason: errno)
        }
        let offset = end
        note(fact, at: offset)
        end += UInt64(line.count)
        return offset
    }

    // MARK: Finding

    /// The last fact under a key, and where it stands.
    func find(key: String) throws -> (offset: UInt64, fact: Fact)? {
        let hash = SandboxLedger.hash(key)
        for offset in [offsets[hash]].compactMap({ $0 }) + (collisions[hash] ?? []).reversed() {
            if let (fact, _) = try fact(at: offset), fact.key == key { return (offset, fact) }
        }
        return nil
    }

    func laterFacts(of payment: UInt64) throws -> [Fact] {
        try (later[payment] ?? []).compactMap { try fact(at: $0)?.fact }
    }

    func isForgotten(_ token: String) -> Bool { forgotten.contains(token) }

    /// What is due by then, and is not due again after this.
    mutating func takeRipe(by now: Int64) -> [UInt64] {
        let ripe = ripening.filter { $0.at <= now }.map(\.offset)
        if !ripe.isEmpty { ripening.removeAll { $0.at <= now } }
        return ripe
    }

    /// The line that begins there, and where the next one does; nil at the end of the file.
    func fact(at offset: UInt64) throws -> (fact: Fact, next: UInt64)? {
        guard offset < end else { return nil }
        var line: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: SandboxLedger.lineBytes)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(offset) + off_t(line.count))
            guard count > 0 else { throw SandboxError(path: "", reason: errno) }
            if let stop = chunk[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                line += chunk[..<stop]
                break
            }
            line += chunk[..<count]
        }
        let fact = try JSONDecoder().decode(Fact.self, from: Data(line))
        return (fact, offset + UInt64(line.count) + 1)
    }

    // MARK: Reading on

    /// Takes in what other processes added. Half a line is what a killed one left: it goes.
    private mutating func catchUp() throws {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw SandboxError(path: "", reason: errno)
        }
        guard UInt64(status.st_size) > end else { return }
        var rest: [UInt8] = []
        var position = end
        var chunk = [UInt8](repeating: 0, count: SandboxLedger.chunkBytes)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(position))
            guard count > 0 else { break }
            position += UInt64(count)
            rest += chunk[..<count]
            var start = rest.startIndex
            while let stop = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(rest[start..<stop])
                note(try JSONDecoder().decode(Fact.self, from: line), at: end)
                end += UInt64(line.count) + 1
                start = stop + 1
            }
            rest.removeFirst(start)
        }
        if !rest.isEmpty, ftruncate(descriptor, off_t(end)) != 0 {
            throw SandboxError(path: "", reason: errno)
        }
    }

    private mutating func note(_ fact: Fact, at offset: UInt64) {
        if let key = fact.key {
            let hash = SandboxLedger.hash(key)
            if let known = offsets.updateValue(offset, forKey: hash) {
                collisions[hash, default: []].append(known)
            }
        }
        if let payment = fact.payment, let of = SandboxLedger.offset(of: payment) {
            later[of, default: []].append(offset)
            if fact.kind == .settle || fact.kind == .dispute {
                ripening.removeAll { $0.offset == of }
            }
        }
        if fact.kind == .forget, let token = fact.token { forgotten.insert(token) }
        if let ripensAt = fact.ripensAt { ripening.append((ripensAt, offset)) }
    }

    // MARK: Names

    /// A payment's name says where its line begins.
    static func name(of payment: UInt64) -> String { "sandbox_pay_\(payment)" }

    static func offset(of payment: String) -> UInt64? {
        guard payment.hasPrefix("sandbox_pay_") else { return nil }
        return UInt64(payment.dropFirst("sandbox_pay_".count))
    }

    /// FNV-1a: the same in every process.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// A line is about 350 bytes.
    private static let lineBytes = 512
    private static let chunkBytes = 1 << 16
}

/// The Sandbox's file cannot be read or written.
package struct SandboxError: Error, CustomStringConvertible {
    let path: String
    /// An errno.
    package let reason: Int32

    package var description: String {
        let words = String(cString: strerror(reason))
        return path.isEmpty ? "the sandbox's file: \(words)" : "\(path): \(words)"
    }
}
