import Foundation
import Testing

@testable import Mail

@Suite struct LineTests {
    @Test func `encoded words never split a character`() throws {
        let family = "👩‍👩‍👧‍👦"
        let subject = String(repeating: "e\u{301}\(family)🇺🇦", count: 9)
        let words = encodedWords(subject, after: 9)
        #expect(words.count > 5)
        var decoded: [Character] = []
        for word in words {
            #expect(word.utf8.count <= 75)
            let payload = word.dropFirst("=?UTF-8?B?".count).dropLast(2)
            let bytes = try #require(Data(base64Encoded: String(payload)))
            decoded += Array(try #require(String(validating: bytes, as: UTF8.self)))
        }
        #expect(decoded == Array(subject))
    }

    @Test func `a character too large for a word is split between scalars`() throws {
        let monster = "z" + String(repeating: "\u{335}", count: 60)
        #expect(monster.count == 1)
        var decoded = ""
        for word in encodedWords(monster, after: 9) {
            #expect(word.utf8.count <= 75)
            let payload = word.dropFirst("=?UTF-8?B?".count).dropLast(2)
            let bytes = try #require(Data(base64Encoded: String(payload)))
            decoded += try #require(String(validating: bytes, as: UTF8.self))
        }
        #expect(decoded == monster)
    }

    @Test(arguments: [
        ("A reminder", true), ("one  two", false), (" lead", false), ("trail ", false),
        ("=?UTF-8?Q?x?=", false), ("Ünder", false), (String(repeating: "w", count: 61), false),
    ])
    func `a subject is plain only when it reads the same after folding`(
        subject: String, isPlain: Bool
    ) {
        let tokens = unstructuredTokens(subject, after: 9)
        #expect((tokens.joined(separator: " ") == subject) == isPlain)
    }

    @Test(arguments: [
        ("", ""), ("a", "a"), ("a\nb", "a\r\nb"), ("a\r\nb", "a\r\nb"), ("a\rb", "a\r\nb"),
        ("a\n\rb", "a\r\n\r\nb"), ("a\r\r\nb", "a\r\n\r\nb"), ("a \nb\t", "a=20\r\nb=09"),
        ("a=b", "a=3Db"), (".", "=2E"), ("..", "=2E."), ("a.\n.b", "a.\r\n=2Eb"),
        ("From here", "=46rom here"), ("From", "From"), ("a\nFrom b", "a\r\n=46rom b"),
        ("Frome", "Frome"), (" From x", " From x"), ("\0\u{1F}\u{7F}", "=00=1F=7F"),
        ("é\u{A0}€😀", "=C3=A9=C2=A0=E2=82=AC=F0=9F=98=80"), ("\u{2028}", "=E2=80=A8"),
    ])
    func `quoted-printable writes this`(text: String, expected: String) {
        #expect(quotedPrintable(text) == expected)
    }

    @Test func `a soft break keeps to 76 bytes and splits no scalar`() throws {
        for shift in 0..<80 {
            let text = String(repeating: "x", count: shift) + String(repeating: "😀. ", count: 40)
            let lines = quotedPrintable(text).components(separatedBy: "\r\n")
            for line in lines {
                #expect(line.utf8.count <= 76)
                #expect(!line.hasPrefix("."))
                #expect(!line.hasSuffix(" "))
                #expect(line.ranges(of: "=F0=9F=98=80").count == line.ranges(of: "=F0").count)
            }
        }
    }

    @Test func `a dot or From that a soft break brings to a line's start is encoded`() {
        let dots = quotedPrintable(String(repeating: ".", count: 300))
        let fromLines = quotedPrintable(String(repeating: "From ", count: 100))
        for line in (dots + "\r\n" + fromLines).components(separatedBy: "\r\n") {
            #expect(!line.hasPrefix("."))
            #expect(!line.hasPrefix("From "))
        }
    }
}
