import Foundation
import Glibc

/// The Sandbox's own records: one file, appended to, one line of JSON for each fact. Several
/// processes may share it. Nothing is flushed to the disk: a killed process loses nothing that
/// write(2) took, and a loss of power costs only test payments.
struct SandboxLedger: ~Copyable {
    private let descriptor: Int32
    /// How many bytes of the file have been read.
    private var end: UInt64 = 0
    private var index = SandboxIndex()

    init(path: String) throws(SandboxError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SandboxError(path: path, reason: errno) }
    }

    deinit { close(descriptor) }

    // MARK: Locking and appending

    /// Runs `body` while no other process writes, after reading what others wrote before.
    mutating func locked<Answer>(
        _ body: (inout SandboxLedger) throws -> Answer
    ) throws -> Answer {
        guard flock(descriptor, LOCK_EX) == 0 else { throw SandboxError(path: "", reason: errno) }
        defer { flock(descriptor, LOCK_UN) }
        try catchUp()
        return try body(&self)
    }

    /// Appends a fact; returns the offset of its line.
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
        index.note(fact, at: offset)
        end += UInt64(line.count)
        return offset
    }

    // MARK: Finding

    /// Returns the last fact with a key, and its offset; nil if there is none.
    func find(key: String) throws -> (offset: UInt64, fact: Fact)? {
        for offset in index.lines(withKey: key) {
            if let (fact, _) = try fact(at: offset), fact.key == key { return (offset, fact) }
        }
        return nil
    }

    /// Returns a payment's later facts, in order.
    func laterFacts(of payment: UInt64) throws -> [Fact] {
        try index.lines(about: payment).compactMap { try fact(at: $0)?.fact }
    }

    func isForgotten(_ token: String) -> Bool {
        index.isForgotten(SandboxLedger.digest(ofToken: token))
    }

    /// Returns the payments that are due by `now`; each is returned only once.
    mutating func takeRipe(by now: Int64) -> [UInt64] { index.takeRipe(by: now) }

    /// Returns the fact whose line begins at `offset`, and the offset of the next line; nil at the
    /// end of the file.
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

    // MARK: Reading what others appended

    /// Reads what other processes appended. Cuts off half a line, which a killed process left.
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
                index.note(try JSONDecoder().decode(Fact.self, from: line), at: end)
                end += UInt64(line.count) + 1
                start = stop + 1
            }
            rest.removeFirst(start)
        }
        if !rest.isEmpty, ftruncate(descriptor, off_t(end)) != 0 {
            throw SandboxError(path: "", reason: errno)
        }
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
