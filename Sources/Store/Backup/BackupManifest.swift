import Foundation
import Pledging

/// The manifest, encrypted after the database: it says what the decrypted database must be.
struct BackupManifest: Codable {
    let sha256: String
    let bytes: Int
    let createdAt: String
    let rows: [String: Int]

    enum CodingKeys: String, CodingKey {
        case sha256, bytes, rows
        case createdAt = "created_at"
    }

    init(_ facts: BackupFacts) {
        sha256 = facts.sha256
        bytes = facts.bytes
        createdAt = facts.content.createdAt.rfc3339
        rows = Dictionary(
            uniqueKeysWithValues: facts.content.rows.map { ($0.key.rawValue, $0.value) })
    }

    /// Nil when the text is not a manifest.
    init?(parsing text: [UInt8]) {
        guard let manifest = try? JSONDecoder().decode(BackupManifest.self, from: Data(text))
        else { return nil }
        self = manifest
    }

    /// Returns the JSON, then its length in 4 bytes, big-endian, so that it is found from the end.
    func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = Array(try encoder.encode(self))
        return text + withUnsafeBytes(of: UInt32(text.count).bigEndian) { Array($0) }
    }

    /// Returns the manifest's range in the end of a plain text; nil when the length does not fit.
    static func range(in tail: [UInt8]) -> Range<Int>? {
        guard tail.count >= 4 else { return nil }
        let length = tail.suffix(4).reduce(0) { $0 << 8 | Int($1) }
        guard length <= maximumBytes, length <= tail.count - 4 else { return nil }
        return (tail.count - 4 - length)..<(tail.count - 4)
    }

    /// A manifest has a few hundred bytes. At most a chunk: it must lie within the last two chunks.
    private static let maximumBytes = 1 << 16

    /// The counts by table; a table that only a newer program knows is left out.
    var counts: [CountedTable: Int] {
        var counts: [CountedTable: Int] = [:]
        for (name, count) in rows {
            if let table = CountedTable(rawValue: name) { counts[table] = count }
        }
        return counts
    }
}
