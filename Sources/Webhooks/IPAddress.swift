import Glibc

/// An IPv4 or IPv6 address, as its 4 or 16 bytes.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// Returns nil unless `text` is a numeric address: `192.0.2.1`, `2001:db8::1`.
    package init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: six) { Array($0) }
        } else {
            return nil
        }
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return string(text)
    }

    /// The IPv4 address inside this IPv6 address, by the transition schemes of RFC 4291 (mapped,
    /// compatible), RFC 6052 (64:ff9b::/96) and RFC 3056 (2002::/16).
    var embedded: IPAddress? {
        guard bytes.count == 16 else { return nil }
        if bytes.starts(with: [0x20, 0x02]) { return IPAddress(bytes: Array(bytes[2..<6])) }
        let head = Array(bytes.prefix(12))
        let zero = [UInt8](repeating: 0, count: 12)
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        let nat64 = [0x00, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)
        guard head == zero || head == mapped || head == nat64 else { return nil }
        return IPAddress(bytes: Array(bytes.suffix(4)))
    }
}

/// Returns the text of a C buffer, up to its zero byte.
func string(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
