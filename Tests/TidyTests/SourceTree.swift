import Foundation

// TidyTests: the house rules of ARCHITECTURE.md, read off the sources as text. It imports nothing
// of the project. Each rule is a function from text to complaints: it can be shown a bad sample.

/// A Swift file of the project.
struct SourceFile: Sendable {
    /// From the project's root: `Sources/Store/Book.swift`.
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var target: String { String(path.split(separator: "/").dropFirst().first ?? "") }

    /// The lines without comments; literals stay.
    var codeLines: [Substring] {
        lines.filter { !$0.drop(while: { $0 == " " }).hasPrefix("//") }
    }

    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 2, words.count > index + 1,
                words[..<index].allSatisfy({ ["package", "@testable"].contains($0) })
            else { return nil }
            return String(words[index + 1])
        }
    }
}

enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// All Swift files below a folder of the project.
    static func files(_ folder: String) throws -> [SourceFile] {
        let base = root + "/" + folder
        let names = FileManager.default.enumerator(atPath: base)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            SourceFile(
                path: "\(folder)/\(name)",
                text: try String(contentsOfFile: "\(base)/\(name)", encoding: .utf8))
        }
    }
}
