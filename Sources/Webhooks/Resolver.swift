import Dispatch
import Glibc

/// Finds the addresses of a host. It is a parameter of the sender, so that a test can answer as a
/// hostile server would.
package struct Resolver: Sendable {
    /// Returns all addresses of the host. Throws NoSuchHost if it has none.
    package let addresses: @Sendable (_ host: String) async throws -> [IPAddress]

    package init(_ addresses: @escaping @Sendable (_ host: String) async throws -> [IPAddress]) {
        self.addresses = addresses
    }

    package struct NoSuchHost: Error, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    /// The machine's own resolver (getaddrinfo).
    package static let system = Resolver { host in
        try await withCheckedThrowingContinuation { continuation in
            // getaddrinfo blocks, so it must not run on a thread of Swift's tasks.
            DispatchQueue.global().async {
                continuation.resume(with: Result { try lookUp(host) })
            }
        }
    }

    private static func lookUp(_ host: String) throws -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            throw NoSuchHost("the host is not found: \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        var found: [IPAddress] = []
        var next = list
        while let entry = next {
            found.append(try address(of: entry.pointee))
            next = entry.pointee.ai_next
        }
        return found
    }

    private static func address(of entry: addrinfo) throws -> IPAddress {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        let code = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST)
        // After a percent sign comes the interface of a link-local address.
        let figures = string(text).prefix { $0 != "%" }
        guard code == 0, let address = IPAddress(String(figures)) else {
            throw NoSuchHost("the host has an address of an unknown kind")
        }
        return address
    }
}
