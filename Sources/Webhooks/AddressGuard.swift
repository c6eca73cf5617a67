import Embedded

/// Refuses addresses to which a webhook must never go: those that lead into the newsroom's own
/// network or machine, to a cloud's metadata, or to nobody. An endpoint's URL comes from outside,
/// so it must not reach what only this machine can reach.
///
/// Source: the table `forbidden_addresses.csv`, from the IANA special-purpose address registries
/// (RFC 6890), with what clouds add to them.
package enum AddressGuard {
    /// Why an address is refused.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        package let address: IPAddress
        package let rule: String
        /// Whether the endpoint's permission for private addresses lifts it.
        package let isPrivate: Bool

        package var description: String {
            "\(address) is forbidden (\(rule))"
                + (isPrivate
                    ? "; allow it for this endpoint on the command line with --allow-private" : "")
        }
    }

    /// Returns why the address is refused, or nil if it may be connected to.
    package static func refusal(of address: IPAddress, allowsPrivate: Bool) -> Refusal? {
        guard let found = rule(for: address) else { return nil }
        if found.isPrivate && allowsPrivate { return nil }
        return Refusal(address: address, rule: found.why, isPrivate: found.isPrivate)
    }

    private static func rule(for address: IPAddress) -> (why: String, isPrivate: Bool)? {
        if let embedded = address.embedded, address != .loopback6, address != .unspecified6 {
            // Mapped, compatible, NAT64 and 6to4 addresses lead to the IPv4 address inside.
            if let inner = rule(for: embedded) {
                return ("\(inner.why), because it contains \(embedded)", inner.isPrivate)
            }
            // A network without IPv4 reaches a public host by its NAT64 or 6to4 address.
            return translators.contains { $0.contains(address) }
                ? nil : ("an IPv4 address inside an IPv6 address", false)
        }
        let matching = table.filter { $0.network.contains(address) }
        guard let best = matching.max(by: { $0.network.length < $1.network.length }) else {
            return nil
        }
        let isPrivate = address == .loopback6 || privateRules.contains(best.why)
        return (address == .loopback6 ? "loopback" : best.why, isPrivate)
    }

    /// Rules that the endpoint's permission lifts: ranges in which a newsroom's own receiver may
    /// be. Never link-local, where clouds keep their metadata.
    private static let privateRules: Set = ["private", "loopback", "unique local", "carrier NAT"]
    private static let translators = ["64:ff9b::/96", "2002::/16"].compactMap { Network($0) }

    static let table: [(network: Network, why: String)] = {
        String(cString: EmbeddedAsset.forbidden_addresses.text)
            .split(separator: "\n").dropFirst().compactMap { line in
                let cells = line.split(separator: ",", maxSplits: 1)
                guard let network = Network(String(cells[0])) else { return nil }
                return (network, String(cells[1]).replacing("\"", with: ""))
            }
    }()
}

extension IPAddress {
    fileprivate static let loopback6 = IPAddress(bytes: [UInt8](repeating: 0, count: 15) + [1])
    fileprivate static let unspecified6 = IPAddress(bytes: [UInt8](repeating: 0, count: 16))
}

/// A range of addresses, as `10.0.0.0/8`.
struct Network {
    private let base: IPAddress
    let length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let base = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...base.bytes.count * 8).contains(length)
        else { return nil }
        self.base = base
        self.length = length
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        return (0..<length).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            return address.bytes[bit / 8] & mask == base.bytes[bit / 8] & mask
        }
    }
}
