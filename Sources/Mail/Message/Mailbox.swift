import Foundation

/// An address and its display name.
package struct Mailbox: Hashable, Sendable {
    package var name: String?
    package var address: String

    package init(name: String? = nil, address: String) {
        self.name = name
        self.address = address
    }

    /// Returns the address for the envelope and the headers, with the domain in A-labels (RFC
    /// 5890).
    ///
    /// Throws if it is not an address, if it is too long, and if its local part is not ASCII, which
    /// only SMTPUTF8 (RFC 6531) could transfer. `field` is named in the error.
    package func wireAddress(_ field: MailField) throws(MailError) -> String {
        guard !address.isEmpty else { throw .empty(field) }
        guard !address.hasControlCharacters else { throw .controlCharacter(field) }
        guard let at = address.lastIndex(of: "@") else { throw .malformed(field) }
        let local = try wireLocalPart(String(address[..<at]), field)
        let domain = try wireDomain(String(address[address.index(after: at)...]), field)
        let wire = "\(local)@\(domain)"
        guard wire.utf8.count <= Mailbox.maximumAddressBytes else {
            throw .tooLong(field, maximumBytes: Mailbox.maximumAddressBytes)
        }
        return wire
    }

    func headerField(_ header: String, _ field: MailField) throws(MailError) -> HeaderField {
        let address = try wireAddress(field)
        guard let name, !name.isEmpty else { return HeaderField(header, [address]) }
        guard name.utf8.count <= Mailbox.maximumNameBytes else {
            throw .tooLong(field, maximumBytes: Mailbox.maximumNameBytes)
        }
        guard !name.hasControlCharacters else { throw .controlCharacter(field) }
        return HeaderField(
            header, phraseTokens(name, after: header.utf8.count + 2) + ["<\(address)>"])
    }

    /// RFC 5321, 4.5.3.1.3: a path has at most 256 bytes, including its angle brackets.
    package static let maximumAddressBytes = 254
    /// Longer than any real name; mailboxes do not show more.
    package static let maximumNameBytes = 300
    /// RFC 5321, 4.5.3.1.1.
    private static let maximumLocalPartBytes = 64
    /// RFC 1035, 2.3.4.
    private static let maximumLabelBytes = 63

    private func wireLocalPart(
        _ local: String, _ field: MailField
    ) throws(MailError) -> String {
        guard local.utf8.allSatisfy({ $0 < 0x80 }) else { throw .nonASCIILocalPart(field) }
        guard local.utf8.count <= Mailbox.maximumLocalPartBytes else {
            throw .tooLong(field, maximumBytes: Mailbox.maximumLocalPartBytes)
        }
        if isDotAtom(local) || isQuotedString(local) { return local }
        // Some mobile carriers issued addresses like "a..b@" and "a.@", which need quotes.
        guard !local.isEmpty, local.utf8.allSatisfy({ $0.isAtomText || $0 == UInt8(ascii: ".") })
        else { throw .malformed(field) }
        return "\"\(local)\""
    }

    private func wireDomain(_ domain: String, _ field: MailField) throws(MailError) -> String {
        // Other ASCII characters are not allowed in a host name, and must not reach URLComponents
        // below.
        guard domain.utf8.allSatisfy({ $0 >= 0x80 || $0.isHostName || $0 == UInt8(ascii: ".") })
        else { throw .malformed(field) }
        var wire = domain
        if domain.utf8.contains(where: { $0 >= 0x80 }) {
            var components = URLComponents()
            components.host = domain
            wire = components.encodedHost ?? ""
        }
        for label in wire.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        {
            guard (1...Mailbox.maximumLabelBytes).contains(label.count),
                label.allSatisfy(\.isHostName), label.first != UInt8(ascii: "-"),
                label.last != UInt8(ascii: "-")
            else { throw .malformed(field) }
        }
        return wire
    }
}

/// Returns whether it is `atom.atom.atom` (RFC 5322, 3.2.3).
func isDotAtom(_ text: String) -> Bool {
    text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        .allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isAtomText) }
}

/// Returns whether it is printable ASCII between quotes, in which quotes and backslashes are
/// escaped (RFC 5322, 3.2.4).
private func isQuotedString(_ text: String) -> Bool {
    guard text.utf8.count > 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return false }
    var escaped = false
    for byte in text.utf8.dropFirst().dropLast() {
        guard (0x20...0x7E).contains(byte) else { return false }
        if escaped {
            escaped = false
        } else if byte == UInt8(ascii: "\\") {
            escaped = true
        } else if byte == UInt8(ascii: "\"") {
            return false
        }
    }
    return !escaped
}
