import Glibc
import HTTPTypes
import Hummingbird

/// Where a request came from, as far as limits go: an IPv4 address, or the 64 bits that name an
/// IPv6 network. It is neither stored nor logged.
struct Network: Hashable {
    let name: String

    /// `peer` is the other end of the connection. What it says of others counts where it is a
    /// proxy of ours: then it is the last address in its list that is not one.
    init(of request: Request, peer: String?, trusting proxies: Set<String>) {
        var address = peer ?? "-"
        if proxies.contains(address) {
            let told = (request.headers[.xForwardedFor] ?? "").split(separator: ",").map {
                $0.trimmingWhitespace()
            }
            address = told.last { !proxies.contains($0) } ?? address
        }
        name = Network.name(of: address)
    }

    static func name(of address: String) -> String {
        var bytes = in6_addr()
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return address }
        let all = withUnsafeBytes(of: bytes) { Array($0) }
        let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
        if isMapped { return all.suffix(4).map(String.init).joined(separator: ".") }
        return all.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "/64"
    }
}

extension WebDoor {
    /// Whether it is an IPv4 or IPv6 address, without a port.
    package static func isAddress(_ text: String) -> Bool {
        var bytes = in6_addr()
        return inet_pton(AF_INET, text, &bytes) == 1 || inet_pton(AF_INET6, text, &bytes) == 1
    }
}

extension Substring {
    fileprivate func trimmingWhitespace() -> String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
