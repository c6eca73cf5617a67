import Foundation
import Testing

@Suite struct DocumentTests {
    private static let documents = [
        "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md",
    ]

    @Test(arguments: ["Scripts/demo", "Scripts/test"])
    func `the readme names the two commands, and they run`(command: String) throws {
        let readme = try SourceTree.text("README.md")
        let isNamed = scripts(in: readme).contains(command)
        #expect(isNamed, "README.md does not name \(command)")
        #expect(isProgram(command), "\(command) does not exist, or is not executable")
    }

    @Test(arguments: documents) func `everything that a document names exists`(_ document: String)
        throws
    {
        let text = try SourceTree.text(document)
        for script in scripts(in: text) {
            #expect(
                isProgram(script), "\(document): \(script) does not exist, or is not executable")
        }
        for path in links(in: text) + folders(in: text) {
            #expect(isThere(path), "\(document): \(path) does not exist")
        }
    }

    @Test func `names in a document are read`() {
        let text = "Run `Scripts/test` and Scripts/no-such.\n[It](NO.md) and [web](https://x.org)"
        #expect(scripts(in: text) == ["Scripts/test", "Scripts/no-such"])
        #expect(links(in: text) == ["NO.md"])
        let code = "in `Sources/Store`, `Tests/NoTests/X.swift`: `ls Sources`"
        #expect(folders(in: code) == ["Sources/Store", "Tests/NoTests/X.swift"])
        #expect(!isThere("NO.md") && !isProgram("Scripts/no-such") && !isProgram("README.md"))
    }

    @Test func `no file contains a developer's path`() throws {
        let folders = try ["Sources", "Schema", "Scripts", ".ci"].flatMap(SourceTree.paths)
        for path in folders + Self.documents + ["Package.swift", ".swift-format"] {
            let found = privatePaths(in: try SourceTree.text(path))
            #expect(
                found == [],
                """
                \(path): contains a path of a developer's machine; use a relative path or a \
                parameter
                """)
        }
    }

    @Test(arguments: ["/home/ann/x", "\"/work/x\"", "cd /Users/ann", "(/root/x)", "=/work/"])
    func `a path of a developer's machine is found`(text: String) {
        #expect(privatePaths(in: "a\n\(text)\nb") == [2])
        #expect(privatePaths(in: "Sources/work/x https://x.org/home/ /usr/bin") == [])
    }

    private func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(SourceTree.root)/\(path)")
    }

    private func isProgram(_ path: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: "\(SourceTree.root)/\(path)")
    }
}

/// The `Scripts/…` that a text names. A file in a folder below Scripts is not a program.
private func scripts(in text: String) -> [String] {
    let words = text.split { !(isNamePart($0) || $0 == "/" || $0 == "-") }.map(String.init)
    return words.filter { word in
        word.hasPrefix("Scripts/") && word.split(separator: "/").count == 2
    }
}

/// The files that Markdown links lead to, without web addresses.
private func links(in text: String) -> [String] {
    text.components(separatedBy: "](").dropFirst()
        .compactMap { $0.split(separator: ")").first.map(String.init) }
        .filter { !$0.contains("://") }
}

/// The paths below Sources, Schema and Tests that are alone between backticks.
private func folders(in text: String) -> [String] {
    text.split(separator: "`").map(String.init).filter { word in
        ["Sources/", "Schema/", "Tests/"].contains { word.hasPrefix($0) }
            && word.allSatisfy { isNamePart($0) || "/.".contains($0) }
    }
}

/// The numbers of the lines that name a folder of a developer's machine.
private func privatePaths(in text: String) -> [Int] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.filter { number in
        ["/work/", "/home/", "/root/", "/Users/"].contains { folder in
            lines[number].ranges(of: folder).contains { range in
                let before = lines[number][..<range.lowerBound].last
                return !isNamePart(before) && before != "."
            }
        }
    }.map { $0 + 1 }
}
