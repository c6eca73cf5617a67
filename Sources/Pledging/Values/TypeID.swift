/// A type-prefixed UUIDv7 in base32, by the TypeID specification 0.3.0:
/// `sup_01h455vb4pex5vsknk084sn02q`.
///
/// The same text is used in the database, on the command line, in logs and in webhooks.
package struct TypeID: Hashable, Sendable, CustomStringConvertible {
    package let prefix: String
    package let bits: UInt128

    package init(prefix: String, bits: UInt128) {
        self.prefix = prefix
        self.bits = bits
    }

    /// Reads any valid TypeID, with or without a prefix. Throws TypeIDError for anything else.
    package init(parsing text: String) throws(TypeIDError) {
        let bytes = Array(text.utf8)
        let separator = bytes.lastIndex(of: UInt8(ascii: "_"))
        let prefix = separator.map { bytes[..<$0] } ?? []
        let suffix = separator.map { bytes[($0 + 1)...] } ?? bytes[...]
        if separator != nil { try TypeID.check(prefix: prefix) }
        bits = try TypeID.decode(suffix)
        self.prefix = String(decoding: prefix, as: UTF8.self)
    }

    package var description: String { TypeID.text(prefix: prefix, bits: bits) }

    static func text(prefix: String, bits: UInt128) -> String {
        let head = prefix.utf8.isEmpty ? 0 : prefix.utf8.count + 1
        let digits = alphabet.utf8Start
        return String(unsafeUninitializedCapacity: head + suffixLength) { buffer in
            var index = 0
            for byte in prefix.utf8 {
                buffer[index] = byte
                index += 1
            }
            if head > 0 { buffer[index] = UInt8(ascii: "_") }
            // Sixty bits at a time, because shifting all 128 for each digit would cost more than
            // the rest.
            var position = head + suffixLength
            for (part, count) in [(bits, 12), (bits >> 60, 12), (bits >> 120, 2)] {
                var rest = UInt64(truncatingIfNeeded: part)
                for _ in 0..<count {
                    position -= 1
                    buffer[position] = digits[Int(rest & 31)]
                    rest >>= 5
                }
            }
            return head + suffixLength
        }
    }

    private static func check(prefix: ArraySlice<UInt8>) throws(TypeIDError) {
        guard !prefix.isEmpty else { throw .emptyPrefix }
        guard prefix.count <= 63 else { throw .prefixTooLong }
        let underscore = UInt8(ascii: "_")
        guard prefix.first != underscore, prefix.last != underscore,
            prefix.allSatisfy({ $0 == underscore || (0x61...0x7A).contains($0) })
        else { throw .badPrefix }
    }

    static func decode(_ suffix: ArraySlice<UInt8>) throws(TypeIDError) -> UInt128 {
        guard suffix.count == suffixLength else { throw .badLength }
        guard let first = suffix.first, first <= UInt8(ascii: "7") else { throw .tooLarge }
        let values = values
        var (bits, part): (UInt128, UInt64) = (0, 0)
        // Sixty bits at a time, as they are written.
        for (index, byte) in suffix.enumerated() {
            let value = values[Int(byte)]
            guard value < 32 else { throw .badCharacter }
            part = part << 5 | UInt64(value)
            if index == 1 || index == 13 {
                bits = bits << 60 | UInt128(part)
                part = 0
            }
        }
        return bits << 60 | UInt128(part)
    }

    package static let suffixLength = 26
    private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for value in 0..<32 { table[Int(alphabet.utf8Start[value])] = UInt8(value) }
        return table
    }()
}

/// Why a text is not a TypeID.
package enum TypeIDError: Error, Equatable, CustomStringConvertible {
    case emptyPrefix, prefixTooLong, badPrefix, badLength, badCharacter, tooLarge
    case wrongPrefix(expected: String)

    package var description: String {
        switch self {
        case .emptyPrefix: "the id has nothing before its underscore"
        case .prefixTooLong: "the id's prefix is longer than 63 letters"
        case .badPrefix:
            "the id's prefix may contain only lower-case letters, with underscores between them"
        case .badLength: "the id does not have 26 characters after its prefix"
        case .badCharacter: "the id contains a character that is not allowed in ids"
        case .tooLarge: "the id is larger than 128 bits"
        case .wrongPrefix(let expected): "the id does not begin with '\(expected)_'"
        }
    }
}

/// A type with ids of its own, whose prefix is three letters.
package protocol Identified {
    static var idPrefix: String { get }
}

/// The id of one `Entity`; ids of different entities have different types.
package struct ID<Entity: Identified>: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let bits: UInt128

    package init(bits: UInt128) { self.bits = bits }

    package init(parsing text: String) throws(TypeIDError) {
        let bytes = Array(text.utf8)
        let prefix = Entity.idPrefix.utf8
        guard bytes.starts(with: prefix), bytes.dropFirst(prefix.count).first == 0x5F else {
            throw .wrongPrefix(expected: Entity.idPrefix)
        }
        try self.init(suffix: bytes[(prefix.count + 1)...])
    }

    /// Reads what follows the prefix and its underscore. Throws TypeIDError if it is malformed.
    package init(suffix: ArraySlice<UInt8>) throws(TypeIDError) {
        bits = try TypeID.decode(suffix)
    }

    package var text: String { TypeID.text(prefix: Entity.idPrefix, bits: bits) }
    package var description: String { text }
    package static func < (left: ID, right: ID) -> Bool { left.bits < right.bits }
}
