import Testing

/// A word that must not occur in code, and what to write instead.
struct Ban: Sendable, CustomTestStringConvertible {
    let word: String
    let instead: String
    /// Path prefixes in which the ban holds.
    var folders = ["Sources/"]
    /// Path prefixes in which the word is allowed all the same.
    var except: [String] = []

    var testDescription: String { word }

    /// The numbers of the lines on which the word occurs.
    func complaints(_ file: SourceFile) -> [Int] {
        guard folders.contains(where: { file.path.hasPrefix($0) }),
            !except.contains(where: { file.path.hasPrefix($0) })
        else { return [] }
        return file.linesOfCode(with: word)
    }
}

@Suite struct BanTests {
    private static let composition = "Sources/mainstay/Composition/"
    private static let output = "Sources/mainstay/Output/"
    private static let money = ["Sources/Pledging/", "Sources/Store/", "Sources/Workflows/"]
    private static let integers = "an Int64 of minor units or milliseconds"

    static let bans: [Ban] =
        [
            Ban(word: "Date()", instead: "the context's clock", except: [composition]),
            Ban(word: "Date.now", instead: "the context's clock", except: [composition]),
            Ban(
                word: "ContinuousClock", instead: "the context's clock",
                // A progress bar measures its speed.
                except: [composition, output + "Progress.swift"]),
            Ban(word: "UUID()", instead: "the context's ids"),
            // The key ring makes new keys; libcrypto is the source of their bytes.
            Ban(
                word: ".random(", instead: "RandomSource",
                except: ["Sources/OpenSSL/", "Sources/Store/Sealing/KeyRingFile.swift"]),
            Ban(word: ".randomElement(", instead: "RandomSource"),
            Ban(word: ".shuffled(", instead: "RandomSource"),
            Ban(word: "SystemRandomNumberGenerator", instead: "RandomSource"),
            Ban(word: "try!", instead: "try, or a typed error"),
            Ban(word: "as!", instead: "as? and a guard"),
            Ban(word: "@unchecked", instead: "Mutex, or a value"),
            // The only public product.
            Ban(word: "public", instead: "package", except: ["Sources/MainstayWebhooks/"]),
            Ban(word: "open class", instead: "package final class"),
            Ban(word: "fatalError(", instead: "an error that says what to do"),
            Ban(word: "preconditionFailure(", instead: "an error that says what to do"),
            Ban(word: "precondition(", instead: "guard and an error that says what to do"),
            Ban(word: "print(", instead: "Printer", except: [output]),
            Ban(word: "debugPrint(", instead: "Printer"),
            Ban(
                word: "default:", instead: "a case for every state",
                folders: ["Sources/Pledging/Entities/"]),
        ]
        + ["Double", "Float", "CGFloat", "Decimal", "NSDecimalNumber"].map {
            Ban(word: $0, instead: integers, folders: money)
        } + [
            Ban(
                word: "TimeInterval", instead: integers, folders: money,
                // Foundation uses this type for a zone's offset in seconds.
                except: ["Sources/Pledging/Calendar/BillingCalendar.swift"])
        ]

    @Test(arguments: bans) func `banned words stay out`(_ ban: Ban) throws {
        for file in try SourceTree.files("Sources") {
            let found = ban.complaints(file)
            #expect(found.isEmpty, "\(file.path):\(found): write \(ban.instead), not \(ban.word)")
        }
    }

    @Test(arguments: bans) func `every ban finds its word`(_ ban: Ban) {
        let path = ban.folders[0] + "X.swift"
        func complaints(_ text: String) -> [Int] {
            ban.complaints(SourceFile(path: path, text: text))
        }
        #expect(complaints("\n  x \(ban.word) y") == [2])
        #expect(complaints("f(\"\\(a \(ban.word) b)\")") == [1])
        #expect(complaints("  // \(ban.word)\nlet x = \"\(ban.word)\"") == [])
        // A longer word that contains it is another word.
        let longer = isNamePart(ban.word.first) ? "my\(ban.word)" : "\(ban.word)s"
        let isWord = isNamePart(ban.word.first) || isNamePart(ban.word.last)
        #expect(complaints("let \(longer) = 1").isEmpty == isWord)
        for path in ban.except {
            let file = SourceFile(path: path, text: "x \(ban.word) y")
            #expect(ban.complaints(file).isEmpty)
        }
    }

    @Test func `nothing is unwrapped by force`() throws {
        for file in try SourceTree.files("Sources") {
            let found = forcedUnwraps(file)
            #expect(
                found.isEmpty,
                "\(file.path):\(found): write `guard let` or throw a typed error instead of `!`")
        }
    }

    @Test(arguments: [
        ("let x = y!", true), ("f(a)!.b", true), ("a[0]!", true), ("var x: Int!", true),
        ("\"\\(a!)\"", true), ("x as? Y != z", false), ("if !a, b != c {", false),
        ("a !== b", false), ("\"Hello!\" // now!", false),
    ])
    func `an unwrap by force is found`(line: String, isForced: Bool) {
        let file = SourceFile(path: "Sources/Pledging/X.swift", text: line)
        #expect(forcedUnwraps(file).isEmpty == !isForced)
    }

    @Test func `no file mentions unfinished work`() throws {
        for file in try SourceTree.files("Sources") {
            let found = leftovers(file)
            #expect(
                found.isEmpty,
                "\(file.path):\(found): finish it, or remove the note and open an issue")
        }
    }

    @Test func `unfinished work is found`() {
        let file = SourceFile(path: "X.swift", text: "a()\n// TODO: b\n/* FIXME */\n// XXX\nc()")
        #expect(leftovers(file) == [2, 3, 4])
    }
}

/// The numbers of the lines on which `!` follows a value or a type and no `=` follows it.
private func forcedUnwraps(_ file: SourceFile) -> [Int] {
    file.codeLines.indices.filter { number in
        guard file.codeLines[number].utf8.contains(UInt8(ascii: "!")) else { return false }
        let line = Array(file.codeLines[number])
        return line.indices.contains { index in
            guard line[index] == "!", index > 0 else { return false }
            let before = line[index - 1]
            let isPostfix = isNamePart(before) || [")", "]", "\"", "?", ">"].contains(before)
            return isPostfix && (index + 1 == line.count || line[index + 1] != "=")
        }
    }.map { $0 + 1 }
}

/// The numbers of the lines that mention unfinished work, in comments too.
private func leftovers(_ file: SourceFile) -> [Int] {
    let words = ["TODO", "FIXME", "XXX"].filter { file.text.contains($0) }
    return file.lines.indices.filter { number in
        words.contains { file.lines[number].contains($0) }
    }.map { $0 + 1 }
}
