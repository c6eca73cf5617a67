/// The plain content of a sealed blob: optional texts in a fixed order, each after its length.
/// Fields may be added at the end; they read as nil in an older blob.
struct SealedFields {
    private(set) var bytes: [UInt8] = []

    init(_ fields: [String?]) {
        bytes.reserveCapacity(fields.reduce(0) { $0 + ($1?.utf8.count ?? 0) + 2 })
        for field in fields {
            // Zero means nil, so an empty text has length one.
            var length = field.map { $0.utf8.count + 1 } ?? 0
            while length >= 0x80 {
                bytes.append(UInt8(length & 0x7F) | 0x80)
                length >>= 7
            }
            bytes.append(UInt8(length))
            if let field { bytes.append(contentsOf: field.utf8) }
        }
    }

    static func decode(_ bytes: [UInt8], count: Int) throws(SealError) -> [String?] {
        var fields: [String?] = []
        fields.reserveCapacity(count)
        var index = 0
        while index < bytes.count, fields.count < count {
            var length = 0
            var shift = 0
            repeat {
                guard index < bytes.count, shift < 28 else { throw .malformed }
                length |= Int(bytes[index] & 0x7F) << shift
                shift += 7
                index += 1
            } while bytes[index - 1] & 0x80 != 0
            guard length > 0 else {
                fields.append(nil)
                continue
            }
            guard index + length - 1 <= bytes.count else { throw .malformed }
            fields.append(String(decoding: bytes[index..<(index + length - 1)], as: UTF8.self))
            index += length - 1
        }
        while fields.count < count { fields.append(nil) }
        return fields
    }
}

/// Why a sealed value does not open.
package enum SealError: Error, Equatable, CustomStringConvertible {
    case unknownKey(UInt16)
    /// It was sealed for another row or purpose, or was changed.
    case notAuthentic
    case malformed

    package var description: String {
        switch self {
        case .unknownKey(let id):
            "a sealed value needs key \(id), which this key ring does not hold"
        case .notAuthentic:
            "a sealed value cannot be decrypted in its row: it was moved or changed"
        case .malformed: "a sealed value is damaged"
        }
    }
}
