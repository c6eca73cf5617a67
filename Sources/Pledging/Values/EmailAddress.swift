import Foundation

/// One e-mail address, as typed and in a normalized form for comparing addresses.
package struct EmailAddress: Hashable, Sendable {
    /// As typed, without the white space around it. Mail goes here.
    package let typed: String
    /// Only for look-ups: NFC, the local part in lower case, the domain in lower-case A-labels (RFC
    /// 5890, section 2.3.2.1). `+tag` and dots stay, because some providers treat them as other
    /// mailboxes.
    package let normalized: String

    /// Throws for the first rule that the address breaks. The rules are those of RFC 5321, section
    /// 4.1.2, with the international letters of RFC 6531, but without quoted local parts and
    /// address literals, which readers do not have and mail servers handle badly.
    package init(_ text: String) throws(EmailAddressError) {
        typed = trimmed(text)
        let length = typed.utf8.count
        guard length > 0 else { throw .empty }
        guard length <= EmailAddress.maximumBytes else { throw .tooLong }
        let at = try findAt(in: typed)
        if isASCII(typed) {
            try check(local: typed.utf8[..<at])
            try check(domain: typed.utf8[typed.utf8.index(after: at)...])
            normalized = lowercasedASCII(typed)
        } else {
            try refuseInvisible(in: typed)
            let local = caseFolded(String(typed[..<at]))
            let domain = try asciiDomain(String(typed[typed.utf8.index(after: at)...]))
            try check(local: typed.utf8[..<at])
            try check(local: local.utf8[...])
            try check(domain: domain.utf8[...])
            normalized = local + "@" + domain
            guard normalized.utf8.count <= EmailAddress.maximumBytes else { throw .tooLong }
        }
    }

    /// RFC 5321, section 4.5.3.1.3: a path has at most 256 octets, including its angle brackets.
    package static let maximumBytes = 254
    /// RFC 5321, section 4.5.3.1.1.
    package static let localPartMaximumBytes = 64
    /// RFC 1035, section 2.3.4.
    package static let domainLabelMaximumBytes = 63
}

/// Why a text is not an e-mail address. `description` says what to write and never repeats the
/// text.
package enum EmailAddressError: Error, Equatable, CaseIterable, CustomStringConvertible {
    case empty, tooLong, notBare, quotedLocalPart, spaceOrControl, noAtSign, severalAtSigns
    case emptyLocalPart, localPartTooLong, misplacedDot, forbiddenCharacter
    case emptyDomain, addressLiteral, trailingDot, noDotInDomain, emptyLabel, labelTooLong
    case misplacedHyphen, notADomainName, numericDomain

    package var description: String {
        switch self {
        case .empty: "the address is empty; write it like reader@example.org"
        case .tooLong: "the address is longer than \(EmailAddress.maximumBytes) bytes"
        case .notBare: "write one bare address, without a name, angle brackets or commas"
        case .quotedLocalPart: "quotation marks in an address are not supported; leave them out"
        case .spaceOrControl:
            "the address contains a space or an invisible character; leave it out"
        case .noAtSign: "the address has no @; write it like reader@example.org"
        case .severalAtSigns: "the address has more than one @; write exactly one"
        case .emptyLocalPart: "the address has nothing before its @"
        case .localPartTooLong:
            "the part before the @ is longer than \(EmailAddress.localPartMaximumBytes) bytes"
        case .misplacedDot:
            "the part before the @ begins or ends with a dot, or has two dots in a row"
        case .forbiddenCharacter:
            "the part before the @ contains a character that is not allowed there"
        case .emptyDomain: "the address has nothing after its @"
        case .addressLiteral: "write a domain name after the @, not an address in brackets"
        case .trailingDot: "the domain ends with a dot; leave the dot out"
        case .noDotInDomain: "the domain has no dot; write it in full, like example.org"
        case .emptyLabel: "the domain begins with a dot, or has two dots in a row"
        case .labelTooLong:
            "the domain has a part longer than \(EmailAddress.domainLabelMaximumBytes) bytes"
        case .misplacedHyphen: "a part of the domain begins or ends with a hyphen"
        case .notADomainName:
            "the domain is not a valid domain name; write it like example.org"
        case .numericDomain: "write a domain name after the @, not an IP address"
        }
    }
}

// MARK: Checks, in the order in which their reasons help most

/// Returns the position of the only @.
private func findAt(in text: String) throws(EmailAddressError) -> String.Index {
    var at: String.Index?
    var severalAts = false
    var holdsQuote = false
    var holdsSpace = false
    for index in text.utf8.indices {
        switch text.utf8[index] {
        case UInt8(ascii: "@"):
            severalAts = at != nil
            at = at ?? index
        case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: ","), UInt8(ascii: ";"):
            throw .notBare
        case UInt8(ascii: "\""): holdsQuote = true
        case 0...0x20, 0x7F: holdsSpace = true
        default: break
        }
    }
    guard !holdsQuote else { throw .quotedLocalPart }
    guard !holdsSpace else { throw .spaceOrControl }
    guard !severalAts else { throw .severalAtSigns }
    guard let at else { throw .noAtSign }
    return at
}

/// Throws for Unicode's spaces and invisible characters: two addresses that look the same must not
/// be two supporters.
private func refuseInvisible(in text: String) throws(EmailAddressError) {
    for scalar in text.unicodeScalars where !scalar.isASCII {
        switch scalar.properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .surrogate,
            .privateUse, .unassigned:
            throw .spaceOrControl
        default:
            // A decoder writes this character for bytes that are not UTF-8.
            guard scalar != "\u{FFFD}" else { throw .spaceOrControl }
            guard !scalar.properties.isDefaultIgnorableCodePoint else { throw .spaceOrControl }
        }
    }
}

/// Throws unless it is a dot-atom (RFC 5322, section 3.2.3).
private func check(local: Substring.UTF8View) throws(EmailAddressError) {
    guard !local.isEmpty else { throw .emptyLocalPart }
    guard local.count <= EmailAddress.localPartMaximumBytes else { throw .localPartTooLong }
    let dot = UInt8(ascii: ".")
    guard local.first != dot, local.last != dot else { throw .misplacedDot }
    var previous: UInt8 = 0
    for byte in local {
        guard byte != dot || previous != dot else { throw .misplacedDot }
        guard byte >= 0x80 || isLocalPartASCII[Int(byte)] else { throw .forbiddenCharacter }
        previous = byte
    }
}

private let isLocalPartASCII: [Bool] = {
    let allowed = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.".utf8)
    return (UInt8(0)..<128).map(allowed.contains)
}()

/// Throws unless it is at least two labels of letters, digits and hyphens, the last not a number
/// (RFC 1123, section 2.1).
private func check(domain: Substring.UTF8View) throws(EmailAddressError) {
    guard let first = domain.first else { throw .emptyDomain }
    guard first != UInt8(ascii: "[") else { throw .addressLiteral }
    let hyphen = UInt8(ascii: "-")
    var dots = 0
    var labelBytes = 0
    var labelIsNumber = true
    var previous = UInt8(ascii: ".")
    for byte in domain {
        switch byte {
        case UInt8(ascii: "."):
            guard labelBytes > 0 else { throw .emptyLabel }
            guard previous != hyphen else { throw .misplacedHyphen }
            dots += 1
            labelBytes = 0
            labelIsNumber = true
        case hyphen:
            guard labelBytes > 0 else { throw .misplacedHyphen }
            labelBytes += 1
            labelIsNumber = false
        case UInt8(ascii: "0")...UInt8(ascii: "9"): labelBytes += 1
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
            labelBytes += 1
            labelIsNumber = false
        default: throw .notADomainName
        }
        guard labelBytes <= EmailAddress.domainLabelMaximumBytes else { throw .labelTooLong }
        previous = byte
    }
    guard labelBytes > 0 else { throw .trailingDot }
    guard previous != hyphen else { throw .misplacedHyphen }
    guard dots > 0 else { throw .noDotInDomain }
    guard !labelIsNumber else { throw .numericDomain }
}

// MARK: Forms

/// Returns the domain in lower-case A-labels. Throws `notADomainName` for a name that IDNA (UTS 46)
/// does not allow.
private func asciiDomain(_ domain: String) throws(EmailAddressError) -> String {
    guard !isASCII(domain) else { return lowercasedASCII(domain) }
    var url = URLComponents()
    url.scheme = "https"
    url.host = domain.precomposedStringWithCanonicalMapping
    // A host that IDNA refuses comes back percent-encoded; `check(domain:)`, which follows, rejects
    // it.
    guard let encoded = url.encodedHost, isASCII(encoded) else { throw .notADomainName }
    return lowercasedASCII(encoded)
}

/// Composes again after lower-casing: of J with a caron, only the small letter is one scalar.
private func caseFolded(_ local: String) -> String {
    guard !isASCII(local) else { return lowercasedASCII(local) }
    return local.precomposedStringWithCanonicalMapping.lowercased()
        .precomposedStringWithCanonicalMapping
}

private func lowercasedASCII(_ text: String) -> String {
    String(unsafeUninitializedCapacity: text.utf8.count) { buffer in
        for (index, byte) in text.utf8.enumerated() {
            buffer[index] = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        return text.utf8.count
    }
}

private func isASCII(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

private func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let isSpace = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
        let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
}
