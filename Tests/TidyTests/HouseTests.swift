import Foundation
import Testing

@Suite struct HouseTests {
    private static let targets = [
        "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "Workflows", "mainstay",
    ]

    @Test(arguments: targets) func `every target says what it is for`(_ target: String) throws {
        let head = target == "mainstay" ? "Mainstay" : target
        let path = "\(SourceTree.root)/Sources/\(target)/\(head).swift"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let opening = text.split(separator: "\n").prefix { $0.hasPrefix("// ") }
        #expect(opening.count >= 2, "\(path) opens with what \(target) is for")
    }

    @Test(arguments: targets) func `no type bears its module's name`(_ target: String) throws {
        for file in try SourceTree.files("Sources/\(target)") {
            for kind in ["struct", "enum", "class", "protocol", "actor"] {
                #expect(!file.text.contains("\(kind) \(target) "), "\(file.path)")
            }
        }
    }

    @Test func `the readme's commands are there`() throws {
        let readme = try String(contentsOfFile: "\(SourceTree.root)/README.md", encoding: .utf8)
        for command in ["demo", "test", "bench", "man"] {
            let isNamed = readme.contains("Scripts/\(command)")
            #expect(isNamed, "the README does not name Scripts/\(command)")
            let path = "\(SourceTree.root)/Scripts/\(command)"
            #expect(FileManager.default.isExecutableFile(atPath: path))
        }
    }

    @Test func `every verb has its test file`() throws {
        // TestSupport makes every book by CreateBook.
        let tests = try ["Tests/WorkflowsTests", "Tests/TestSupport"]
            .flatMap(SourceTree.files).map(\.text).joined()
        let verbs = try SourceTree.files("Sources/Workflows").map(\.path)
            .filter { $0.split(separator: "/").count == 3 && !$0.hasSuffix("/Workflows.swift") }
            .compactMap { $0.split(separator: "/").last?.dropLast(".swift".count) }
        for verb in verbs {
            let isCalled = tests.contains("\(verb).")
            #expect(isCalled, "\(verb) is called by no test")
        }
    }
}
