// Every event, answer and report line is a JSON text. It is first measured, then written once into
// memory of that size.

extension JSON {
    func measure(_ size: inout JSONSize) {
        switch self {
        case .null: size.bytes += 4
        case .bool: size.bytes += 5
        case .integer: size.bytes += 20
        case .string(let text): size.add(text)
        case .encoded(let text): size.bytes += text.utf8.count
        case .array(let values):
            size.bytes += values.count + 2
            for value in values { value.measure(&size) }
        case .object(let members):
            size.bytes += members.count * 2 + 2
            for member in members {
                size.add(member.name)
                member.value.measure(&size)
            }
        }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.copy("null")
        case .bool(let value): writer.copy(value ? "true" : "false")
        case .integer(let value): writer.write(value)
        case .string(let text): writer.quote(text)
        case .encoded(let text): writer.copy(text)
        case .array(let values):
            writer.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                value.write(to: &writer)
            }
            writer.append(UInt8(ascii: "]"))
        case .object(let members):
            writer.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                writer.quote(member.name)
                writer.append(UInt8(ascii: ":"))
                member.value.write(to: &writer)
            }
            writer.append(UInt8(ascii: "}"))
        }
    }
}

/// An upper bound of a text's size.
struct JSONSize {
    var bytes = 0
    /// Whether a string may contain characters that must be escaped in JSON.
    var escapes = false

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            bytes += utf8.count + 2
            guard JSONSize.mayEscape(UnsafeRawBufferPointer(utf8)) else { return }
            // The longest escape of a byte is `\u00xx`.
            bytes += 5 * utf8.count
            escapes = true
        }
    }

    /// Returns whether a byte may have to be escaped. Checks eight bytes at a time, because most
    /// texts need no escapes.
    private static func mayEscape(_ utf8: UnsafeRawBufferPointer) -> Bool {
        var found: UInt64 = 0
        var index = 0
        while index + 8 <= utf8.count {
            found |= marks(utf8.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var last: UInt64 = 0x2020_2020_2020_2020
        while index < utf8.count {
            last = last << 8 | UInt64(utf8[index])
            index += 1
        }
        return found | marks(last) != 0
    }

    /// Sets a bit for each byte that is a control, `"`, `\` or DEL. The byte above such a byte may
    /// be marked as well.
    private static func marks(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let controls = (word &- 0x20 &* ones) & ~word
        func equals(_ byte: UInt64) -> UInt64 {
            let other = word ^ byte &* ones
            return (other &- ones) & ~other
        }
        return (controls | equals(0x22) | equals(0x5C) | equals(0x7F)) & (0x80 &* ones)
    }
}

/// Writes JSON into memory that is large enough.
struct JSONWriter {
    let buffer: UnsafeMutableBufferPointer<UInt8>
    let escapes: Bool
    private(set) var count = 0

    init(buffer: UnsafeMutableBufferPointer<UInt8>, escapes: Bool) {
        self.buffer = buffer
        self.escapes = escapes
    }

    mutating func append(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    mutating func copy(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            _ = UnsafeMutableBufferPointer(rebasing: buffer[count...]).update(fromContentsOf: utf8)
            count += utf8.count
        }
    }

    mutating func write(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        let digits = digitCount(value.magnitude)
        Pledging.write(value.magnitude, digits: digits, to: buffer, at: count)
        count += digits
    }

    mutating func quote(_ text: String) {
        append(UInt8(ascii: "\""))
        if escapes { escape(text) } else { copy(text) }
        append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case UInt8(ascii: "\n"): copy("\\n")
            case UInt8(ascii: "\r"): copy("\\r")
            case UInt8(ascii: "\t"): copy("\\t")
            case 0..<0x20, 0x7F:
                copy("\\u00")
                copy(hexadecimal([byte]))
            default: append(byte)
            }
        }
    }
}
