extension JSON {
    /// Reads JSON that may come from a stranger, strictly by RFC 8259: only UTF-8, no repeated
    /// names in an object, only whole numbers. Members are sorted by name. Throws JSONFault for
    /// anything else.
    package init(reading bytes: [UInt8]) throws(JSONFault) {
        var reader = JSONReader(bytes)
        self = try reader.whole()
    }
}

/// Why bytes are rejected as JSON.
package enum JSONFault: Error, Hashable, CustomStringConvertible {
    /// `byte` is the position of the first wrong byte, from 1.
    case malformed(byte: Int)
    case notUTF8
    case memberTwice
    case numberNotWhole
    case tooDeep

    /// Continues a sentence such as "the body …".
    package var description: String {
        switch self {
        case .malformed(let byte): "is not JSON, from byte \(byte) on"
        case .notUTF8: "is not UTF-8"
        case .memberTwice: "has the same member twice"
        case .numberNotWhole: "contains a number that is not whole"
        case .tooDeep: "is nested too deeply"
        }
    }
}

private struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func whole() throws(JSONFault) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw fault() }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(JSONFault) -> JSON {
        guard depth <= JSONReader.depthMaximum else { throw .tooDeep }
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return .integer(try number())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw fault()
        }
    }

    private mutating func members(depth: Int) throws(JSONFault) -> [JSON.Member] {
        var members: [JSON.Member] = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return [] }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw fault() }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault() }
            members.append(JSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault() }
        members.sort { $0.name < $1.name }
        for (one, next) in zip(members, members.dropFirst()) where one.name == next.name {
            throw .memberTwice
        }
        return members
    }

    private mutating func elements(depth: Int) throws(JSONFault) -> [JSON] {
        var values: [JSON] = []
        position += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return [] }
        repeat {
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault() }
        return values
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONFault) -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw fault() }
        position += word.utf8.count
        return value
    }

    /// Reads a whole number. A fraction is accepted if it is zero.
    private mutating func number() throws(JSONFault) -> Int64 {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let first = position
        skipDigits()
        guard position > first, bytes[first] != UInt8(ascii: "0") || position == first + 1 else {
            throw fault()
        }
        let whole = Int64(String(decoding: bytes[start..<position], as: UTF8.self))
        var isWhole = true
        if take(UInt8(ascii: ".")) {
            let fraction = position
            skipDigits()
            guard position > fraction else { throw fault() }
            isWhole = bytes[fraction..<position].allSatisfy { $0 == UInt8(ascii: "0") }
        }
        guard let whole, isWhole, next != UInt8(ascii: "e"), next != UInt8(ascii: "E") else {
            throw .numberNotWhole
        }
        return whole
    }

    // MARK: Strings

    private mutating func string() throws(JSONFault) -> String {
        position += 1
        let start = position
        while let byte = next, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\")
        {
            position += 1
        }
        // Most strings have no escapes.
        if take(UInt8(ascii: "\"")) { return try text(bytes[start..<position - 1]) }
        var plain = Array(bytes[start..<position])
        while let byte = next {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(plain[...])
            case UInt8(ascii: "\\"): plain += try escaped()
            case 0..<0x20: throw fault()
            default: plain.append(byte)
            }
        }
        throw fault()
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(JSONFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .notUTF8
        }
        return text
    }

    private mutating func escaped() throws(JSONFault) -> [UInt8] {
        guard let byte = next else { throw fault() }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return try character()
        default: throw fault()
        }
    }

    /// Reads what follows `\u`; for a surrogate pair, both halves.
    private mutating func character() throws(JSONFault) -> [UInt8] {
        var units = [try unit()]
        if UTF16.isLeadSurrogate(units[0]), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            units.append(try unit())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw fault() }
        return Array(text.utf8)
    }

    private mutating func unit() throws(JSONFault) -> UInt16 {
        let digits = bytes[position...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 4, !text.hasPrefix("+"), !text.hasPrefix("-"),
            let unit = UInt16(text, radix: 16)
        else { throw fault() }
        position += 4
        return unit
    }

    // MARK: Bytes

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private mutating func skipDigits() {
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
    }

    private func fault() -> JSONFault { .malformed(byte: position + 1) }

    /// Our requests have three levels.
    private static let depthMaximum = 32
}
