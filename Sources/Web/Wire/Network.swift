import Glibc
import HTTPTypes
import Hummingbird

/// The origin of a request, for rate limits: an IPv4 address, or the 64 bits of an IPv6 network. It
/// is neither stored nor logged.
struct Network: Hashable {
    let name: String

    /// `peer` is the other end of the connection. If it is one of our proxies, the origin is the
    /// last address in X-Forwarded-For that is not one of them.
    init(of request: Request, peer: String?, trusting proxies: Set<String>) {
        var address = peer ?? "-"
        if Network.isAny(of: proxies, address) {
            let told = (request.headers[.xForwardedFor] ?? "").split(separator: ",").map {
                $0.trimmingWhitespace()
            }
            address = told.last { !Network.isAny(of: proxies, $0) } ?? address
        }
        name = Network.name(of: address)
    }

    static func name(of address: String) -> String {
        guard let bytes = bytes(of: address) else { return address }
        guard bytes.count == 16 else { return text(bytes) }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "/64"
    }

    /// Returns an address in canonical form; nil if the text is not an address. A socket for both
    /// families writes an IPv4 address as `::ffff:192.0.2.1`; this returns `192.0.2.1`.
    static func plain(_ address: String) -> String? { bytes(of: address).map(text) }

    private static func isAny(of proxies: Set<String>, _ address: String) -> Bool {
        guard !proxies.isEmpty, let plain = plain(address) else { return false }
        return proxies.contains(plain)
    }

    private static func text(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        return inet_ntop(family, bytes, &text, socklen_t(text.count))
            .map { String(cString: $0) } ?? ""
    }

    /// Returns the 4 or 16 bytes of a numeric address; 4 for an IPv4 address mapped into IPv6.
    private static func bytes(of address: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, address, &four) == 1 {
            return withUnsafeBytes(of: four) { Array($0) }
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, address, &six) == 1 else { return nil }
        let all = withUnsafeBytes(of: six) { Array($0) }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return all.starts(with: mapped) ? Array(all.suffix(4)) : all
    }
}

extension WebContext.Limits {
    /// Sets the trusted proxies. Returns false and changes nothing unless each is an IPv4 or IPv6
    /// address without a port.
    package mutating func trust(_ proxies: [String]) -> Bool {
        let plain = proxies.compactMap(Network.plain)
        guard plain.count == proxies.count else { return false }
        trustedProxies = Set(plain)
        return true
    }
}

extension Substring {
    fileprivate func trimmingWhitespace() -> String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
