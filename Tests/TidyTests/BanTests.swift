import Testing

/// What must not stand in code, and what to write instead.
struct Ban: Sendable, CustomTestStringConvertible {
    let pattern: String
    let instead: String
    /// Path beginnings in which it is allowed.
    var except: [String] = []

    var testDescription: String { pattern }

    func complaints(_ file: SourceFile) -> [Substring] {
        if except.contains(where: { file.path.hasPrefix($0) }) { return [] }
        return file.codeLines.filter { $0.contains(pattern) }
    }
}

@Suite struct BanTests {
    static let bans = [
        Ban(
            pattern: "Date()", instead: "the context's clock",
            except: ["Sources/mainstay/Composition/"]),
        Ban(pattern: "UUID()", instead: "the context's ids"),
        Ban(
            pattern: ".random(", instead: "RandomSource",
            except: ["Sources/OpenSSL/"]
                + ["Sources/Store/Sealing/KeyRingFile.swift"]),
        Ban(pattern: "try!", instead: "try, or a typed error"),
        Ban(pattern: "as!", instead: "as? and a guard"),
        Ban(pattern: "@unchecked Sendable", instead: "Mutex, or a value"),
        Ban(pattern: "public ", instead: "package"),
        Ban(pattern: "fatalError(", instead: "an error that says what to do"),
        Ban(pattern: "print(", instead: "Printer", except: ["Sources/mainstay/Output/"]),
        Ban(pattern: "TODO", instead: "the work, or an issue"),
        Ban(pattern: "FIXME", instead: "the work, or an issue"),
        Ban(pattern: "/home/", instead: "a path of no machine"),
        Ban(pattern: "/work/", instead: "a path of no machine"),
    ]

    @Test(arguments: bans) func `banned words stay out`(_ ban: Ban) throws {
        for file in try SourceTree.files("Sources") {
            let found = ban.complaints(file)
            #expect(found.isEmpty, "\(file.path): write \(ban.instead) for \(ban.pattern)")
        }
    }

    @Test(arguments: bans) func `every ban can be broken`(_ ban: Ban) {
        let bad = SourceFile(path: "Sources/Pledging/X.swift", text: "let x = \(ban.pattern)y")
        #expect(!ban.complaints(bad).isEmpty)
        let comment = SourceFile(path: "Sources/Pledging/X.swift", text: "  // \(ban.pattern)")
        #expect(ban.complaints(comment).isEmpty)
    }

    @Test func `money and time are never floating point`() throws {
        for folder in ["Sources/Pledging", "Sources/Store", "Sources/Workflows"] {
            for file in try SourceTree.files(folder) {
                let found = file.codeLines.filter { line in
                    [": Double", ": Float", "Double(", "Float(", "Decimal("].contains {
                        line.contains($0)
                    }
                }
                #expect(found.isEmpty, "\(file.path): integers of the minor unit instead")
            }
        }
    }

    @Test func `state machines list every case`() throws {
        for file in try SourceTree.files("Sources/Pledging/Entities") {
            let found = file.codeLines.filter { $0.contains("default:") }
            #expect(found.isEmpty, "\(file.path): name the states instead of default")
        }
    }
}
