import Pledging
import Testing

struct EmailAddressTests {
    @Test(arguments: [
        ("reader@example.org", "reader@example.org"), ("Reader@Example.ORG", "reader@example.org"),
        ("  reader@example.org \r\n", "reader@example.org"),
        ("\u{A0}reader@example.org\u{3000}", "reader@example.org"),
        ("first.last+tag@example.org", "first.last+tag@example.org"),
        ("a!#$%&'*+-/=?^_`{|}~9@example.org", "a!#$%&'*+-/=?^_`{|}~9@example.org"),
        ("a@b.co", "a@b.co"), ("a@1.2.co", "a@1.2.co"), ("a@3com.com", "a@3com.com"),
        ("-a-@a-b.example", "-a-@a-b.example"),
        ("reader@müller.example", "reader@xn--mller-kva.example"),
        ("reader@MÜLLER.EXAMPLE", "reader@xn--mller-kva.example"),
        ("reader@mu\u{308}ller.example", "reader@xn--mller-kva.example"),
        ("reader@XN--MLLER-KVA.example", "reader@xn--mller-kva.example"),
        ("reader@faß.example", "reader@xn--fa-hia.example"),
        ("reader@ドメイン.example", "reader@xn--eckwd4c7c.example"),
        ("reader@ドメイン。example", "reader@xn--eckwd4c7c.example"),
        ("reader@пример.рф", "reader@xn--e1afmkfd.xn--p1ai"),
        ("reader@مثال.example", "reader@xn--mgbh0fb.example"),
        ("ОЛЕНА@example.org", "олена@example.org"),
        ("Ju\u{308}rgen@example.org", "jürgen@example.org"),
        ("J\u{30C}an@example.org", "\u{1F0}an@example.org"),
        ("Ωmega@Example.org", "ωmega@example.org"),
    ])
    func `an address is kept as typed and found by its normal form`(
        typed: String, normalized: String
    ) throws {
        let address = try EmailAddress(typed)
        #expect(Array(address.normalized.utf8) == Array(normalized.utf8))
        #expect(typed.contains(address.typed))
        #expect(!address.typed.contains { $0.isWhitespace })
    }

    @Test(arguments: [
        "Reader@Example.ORG", "reader@Müller.example", "İstanbul@example.org",
        "ǰ\u{323}@example.org", "STRASSE@faß.example", "Ａ@example.org", "ΑΒΓΣ@example.org",
    ])
    func `the normal form of a normal form is itself`(text: String) throws {
        let once = try EmailAddress(text).normalized
        #expect(try Array(EmailAddress(once).normalized.utf8) == Array(once.utf8))
    }

    @Test(arguments: refusals)
    func `each rule refuses with its own reason`(text: String, reason: EmailAddressError) {
        #expect(throws: reason) { try EmailAddress(text) }
    }

    @Test func `every reason is met by a text, and says what to do`() {
        #expect(Set(refusals.map(\.1)) == Set(EmailAddressError.allCases))
        for error in EmailAddressError.allCases {
            #expect(error.description.count > 20)
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func `the greatest lengths are taken and one byte more is not`() throws {
        let local = String(repeating: "a", count: 64)
        let label = String(repeating: "b", count: 63)
        _ = try EmailAddress("\(local)@example.org")
        _ = try EmailAddress("a@\(label).org")
        let longest = "\(local)@\(label).\(label).\(String(repeating: "c", count: 61))"
        #expect(longest.utf8.count == 254)
        _ = try EmailAddress(longest)
        #expect(throws: EmailAddressError.tooLong) { try EmailAddress(longest + "c") }
    }

    @Test(arguments: UInt8(0)..<128)
    func `only atom characters are allowed before the @, and name characters after it`(byte: UInt8)
    {
        let character = Character(Unicode.Scalar(byte))
        let isAlphanumeric = character.isLetter || character.isNumber
        let isAtom = isAlphanumeric || ".!#$%&'*+-/=?^_`{|}~".contains(character)
        let isName = isAlphanumeric || ".-".contains(character)
        #expect(isTaken("a\(character)b@example.org") == isAtom)
        #expect(isTaken("ü\(character)b@example.org") == isAtom)
        #expect(isTaken("reader@a\(character)b.org") == isName)
        #expect(isTaken("reader@ü\(character)b.org") == isName)
    }

    private func isTaken(_ text: String) -> Bool { (try? EmailAddress(text)) != nil }
}

private let refusals: [(String, EmailAddressError)] = [
    ("", .empty), (" \t\r\n\u{A0}", .empty),
    (String(repeating: "a", count: 100_000) + "@example.org", .tooLong),
    // Longer as A-labels than as typed.
    (
        String(repeating: "a", count: 64) + "@"
            + Array(repeating: "ü", count: 30).joined(separator: "."), .tooLong
    ),
    ("Ann <ann@example.org>", .notBare), ("<ann@example.org>", .notBare),
    ("a@example.org,b@example.org", .notBare), ("a@example.org; b@example.org", .notBare),
    ("\"ann smith\"@example.org", .quotedLocalPart), ("\"a@b\"@example.org", .quotedLocalPart),
    ("ann smith@example.org", .spaceOrControl), ("ann@exa mple.org", .spaceOrControl),
    ("ann\u{0}@example.org", .spaceOrControl), ("ann@example.org\u{0}", .spaceOrControl),
    ("ann@example.org\r\nBcc: x@example.org", .spaceOrControl), ("ann\u{7F}@b.c", .spaceOrControl),
    ("ann\u{A0}@example.org", .spaceOrControl), ("ann\u{200B}@example.org", .spaceOrControl),
    ("\u{202E}ann@example.org", .spaceOrControl), ("ann@exam\u{AD}ple.org", .spaceOrControl),
    ("bad\u{FFFD}@example.org", .spaceOrControl), ("a\u{3164}@example.org", .spaceOrControl),
    ("not-an-address", .noAtSign), ("two@@example.org", .severalAtSigns),
    ("a@b@example.org", .severalAtSigns), ("@", .emptyLocalPart), ("@example.org", .emptyLocalPart),
    (String(repeating: "a", count: 65) + "@example.org", .localPartTooLong),
    (String(repeating: "ü", count: 33) + "@example.org", .localPartTooLong),
    (String(repeating: "u\u{308}", count: 22) + "@example.org", .localPartTooLong),
    (".ann@example.org", .misplacedDot), ("ann.@example.org", .misplacedDot),
    ("an..n@example.org", .misplacedDot), ("ö..n@example.org", .misplacedDot),
    ("ann(home)@example.org", .forbiddenCharacter), ("ann:x@example.org", .forbiddenCharacter),
    ("ann\\@example.org", .forbiddenCharacter), ("[ann]@example.org", .forbiddenCharacter),
    ("ann@", .emptyDomain), ("ann@[192.0.2.1]", .addressLiteral),
    ("ann@[IPv6:2001:db8::1]", .addressLiteral), ("ann@example.org.", .trailingDot),
    ("ann@münchen.example.", .trailingDot), ("ann@localhost", .noDotInDomain),
    ("ann@münchen", .noDotInDomain), ("ann@.org", .emptyLabel), ("ann@example..org", .emptyLabel),
    ("ann@.", .emptyLabel), ("ann@\(String(repeating: "b", count: 64)).org", .labelTooLong),
    ("ann@-example.org", .misplacedHyphen), ("ann@example-.org", .misplacedHyphen),
    ("ann@example.org-", .misplacedHyphen), ("ann@exa_mple.org", .notADomainName),
    ("ann@exa%41mple.org", .notADomainName), ("ann@example.org:25", .notADomainName),
    ("ann@example.org/x", .notADomainName), ("ann@ü%41.example", .notADomainName),
    ("ann@ü/x.example", .notADomainName), ("ann@ü:80.example", .notADomainName),
    ("ann@ü_x.example", .notADomainName), ("ann@-ü.example", .misplacedHyphen),
    ("ann@ü..example", .notADomainName), ("ann@xn--ü.example", .notADomainName),
    ("ann@xn--a.ü.example", .notADomainName), ("ann@ü％41.example", .notADomainName),
    ("ann@℀.example", .notADomainName), ("ann@ü／x.example", .notADomainName),
    ("ann@\(String(repeating: "ü", count: 70)).example", .notADomainName),
    ("ann@192.0.2.1", .numericDomain), ("ann@１９２.0.2.1", .numericDomain),
    ("ann@example.123", .numericDomain),
]
