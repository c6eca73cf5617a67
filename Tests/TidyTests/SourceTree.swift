import Foundation

// TidyTests: checks the rules of ARCHITECTURE.md and CONTRIBUTING.md on the sources as text. It
// imports nothing of the project. Each rule is a function from text to complaints, so that it can
// be tried on a bad sample.

/// A file of the project, as text.
struct SourceFile: Sendable {
    /// The path from the project's root: `Sources/Store/Book.swift`.
    let path: String
    let text: String
    /// The lines of the file, in which comments and the content of literals are blank.
    let codeLines: [Substring]
    private let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = codeText(text)
        codeLines = code.split(separator: "\n", omittingEmptySubsequences: false)
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var name: String { String(path.split(separator: "/").last ?? "") }

    /// The folder below Sources.
    var target: String {
        let folders = path.split(separator: "/").map(String.init)
        return folders.first == "Sources" && folders.count > 2 ? folders[1] : folders[0]
    }

    /// Returns the numbers, from 1, of the code lines that contain `word`. Where it begins or ends
    /// with a letter, it must be a whole word, so that `print(` is not found in `fingerprint(`.
    func linesOfCode(with word: String) -> [Int] {
        // Few files contain it: one search of the whole text avoids searching each line.
        guard code.contains(word) else { return [] }
        return codeLines.indices.filter { holds(word, in: codeLines[$0]) }.map { $0 + 1 }
    }
}

private func holds(_ word: String, in line: Substring) -> Bool {
    var rest = line
    while let found = rest.firstRange(of: word) {
        let before = line[..<found.lowerBound].last
        let after = line[found.upperBound...].first
        let isWhole =
            !(isNamePart(word.first) && isNamePart(before))
            && !(isNamePart(word.last) && isNamePart(after))
        if isWhole { return true }
        rest = line[found.upperBound...]
    }
    return false
}

func isNamePart(_ character: Character?) -> Bool {
    character.map { $0.isLetter || $0.isNumber || $0 == "_" } ?? false
}

enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Returns all Swift files below a folder of the project; throws if there are none.
    static func files(_ folder: String) throws -> [SourceFile] {
        let found = try swift.get().filter { $0.path.hasPrefix(folder + "/") }
        guard !found.isEmpty else { throw CocoaError(.fileNoSuchFile) }
        return found
    }

    /// Returns the paths, from the root, of all files below a folder of the project.
    static func paths(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)").sorted()
            .map { "\(folder)/\($0)" }
            .filter {
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                return !isFolder.boolValue && !$0.contains("__pycache__")
            }
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    /// Read once, because every rule reads the same files.
    private static let swift = Result<[SourceFile], any Error> {
        try ["Sources", "Scripts", "Tests"].flatMap(paths)
            .filter { $0.hasSuffix(".swift") }
            .map { SourceFile(path: $0, text: try text($0)) }
    }
}
