import Testing

/// What must not stand in code, and what to write instead.
struct Ban: Sendable, CustomTestStringConvertible {
    let word: String
    let instead: String
    /// Path beginnings outside which it is allowed.
    var folders = ["Sources/"]
    /// Path beginnings in which it is allowed.
    var except: [String] = []

    var testDescription: String { word }

    /// The numbers of the lines on which it stands.
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
                // The speed that a progress bar shows.
                except: [composition, output + "Progress.swift"]),
            Ban(word: "UUID()", instead: "the context's ids"),
            // The key ring makes new keys; libcrypto is where its bytes come from.
            Ban(
                word: ".random(", instead: "RandomSource",
                except: ["Sources/OpenSSL/", "Sources/Store/Sealing/KeyRingFile.swift"]),
            Ban(word: ".randomElement(", instead: "RandomSource"),
            Ban(word: ".shuffled(", instead: "RandomSource"),
            Ban(word: "SystemRandomNumberGenerator", instead: "RandomSource"),
            Ban(word: "try!", instead: "try, or a typed error"),
            Ban(word: "as!", instead: "as? and a guard"),
            Ban(word: "@unchecked", instead: "Mutex, or a value"),
            // The one product that others build on.
            Ban(word: "public", instead: "package", except: ["Sources/MainstayWebhooks/"]),
            Ban(word: "open class", instead: "package final class"),
            Ban(word: "fatalError(", instead: "an error that says what to do"),
            Ban(word: "preconditionFailure(", instead: "an error that says what to do"),
            Ban(word: "precondition(", instead: "guard and an error that says what to do"),
            Ban(word: "print(", instead: "Printer", except: [output]),
            Ban(word: "debugPrint(", instead: "Printer"),
            Ban(
                word: "default:", instead: "every state by its name",
                folders: ["Sources/Pledging/Entities/"]),
        ]
        + ["Double", "Float", "CGFloat", "Decimal", "NSDecimalNumber"].map {
            Ban(word: $0, instead: integers, folders: money)
        } + [
            Ban(
                word: "TimeInterval", instead: integers, folders: money,
                // Foundation wants seconds so, where it is asked for a zone's offset.
                except: ["Sources/Pledging/Calendar/BillingCalendar.swift"])
        ]

    @Test(arguments: bans) func `banned words stay out`(_ ban: Ban) throws {
        for file in try SourceTree.files("Sources") {
            let found = ban.complaints(file)
            #expect(found.isEmpty, "\(file.path):\(found): write \(ban.instead), not \(ban.word)")
        }
    }

    @Test(arguments: bans) func `every ban can be broken`(_ ban: Ban) {
        let path = ban.folders[0] + "X.swift"
        func complaints(_ text: String) -> [Int] {
            ban.complaints(SourceFile(path: path, text: text))
        }
        #expect(complaints("\n  x \(ban.word) y") == [2])
        #expect(complaints("f(\"\\(a \(ban.word) b)\")") == [1])
        #expect(complaints("  // \(ban.word)\nlet x = \"\(ban.word)\"") == [])
        // A longer word that holds it is another word.
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
            #expect(found.isEmpty, "\(file.path):\(found): guard let, or a typed error, not !")
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

    @Test func `nothing is left to be done later`() throws {
        for file in try SourceTree.files("Sources") {
            let found = leftovers(file)
            #expect(found.isEmpty, "\(file.path):\(found): do it, or open an issue")
        }
    }

    @Test func `a thing left to be done later is found`() {
        let file = SourceFile(path: "X.swift", text: "a()\n// TODO: b\n/* FIXME */\n// XXX\nc()")
        #expect(leftovers(file) == [2, 3, 4])
    }
}

/// The numbers of the lines on which `!` follows a value or a type, and no `=` follows it.
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

/// The numbers of the lines that speak of work not done; in comments as well.
private func leftovers(_ file: SourceFile) -> [Int] {
    let words = ["TODO", "FIXME", "XXX"].filter { file.text.contains($0) }
    return file.lines.indices.filter { number in
        words.contains { file.lines[number].contains($0) }
    }.map { $0 + 1 }
}
