import Foundation
import Testing

/// The files that the program embeds, and their list, assets.def.
@Suite struct AssetTests {
    private static let list = "Sources/Embedded/assets.def"

    @Test func `every asset is listed under its name, and exists`() throws {
        let list = try SourceTree.text(Self.list)
        let files = try ["Schema", "Sources"].flatMap(SourceTree.paths)
        #expect(!assets(in: list).isEmpty)
        #expect(complaints(about: list, files: files) == [])
    }

    @Test func `every asset is a text`() throws {
        for asset in assets(in: try SourceTree.text(Self.list)) {
            let path = "\(SourceTree.root)/\(asset.path)"
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(isText(content), "\(asset.path) is empty, not UTF-8, or has a zero byte")
        }
    }

    @Test func `a correct list has no complaint`() {
        let list = """
            // Migrations.
            #embed ASSET(m001_a_sqlite, Schema/m001_a.sqlite.sql)

            #embed ASSET(en_open, Sources/Mail/Templates/en-open.txt)
            """
        let files = [
            "Schema/m001_a.sqlite.sql", "Sources/Mail/Templates/en-open.txt",
            "Sources/Mail/X.swift",
            "Sources/Embedded/assets.def", "Sources/Embedded/include/Embedded.h",
        ]
        #expect(complaints(about: list, files: files) == [])
    }

    @Test(arguments: [
        ("", "Schema/b.sql: write '#embed ASSET(b, Schema/b.sql)' into \(list)"),
        (
            "#embed ASSET(b, Schema/b.sql)\n#embed ASSET(c, Schema/c.sql)",
            "\(list):2: Schema/c.sql does not exist: add the file, or remove the line"
        ),
        (
            "#embed ASSET(a, Schema/b.sql)",
            "\(list):1: Schema/b.sql is named a: name it b, after its file"
        ),
        (
            "#embed ASSET(b, Schema/b.sql)\n#embed \"c.sql\"",
            "\(list):2: write '#embed ASSET(name, path)', a comment or nothing"
        ),
    ])
    func `a wrong list is found`(list: String, complaint: String) {
        #expect(complaints(about: list, files: ["Schema/b.sql"]) == [complaint])
    }

    @Test func `a file that is not text is found`() {
        #expect(isText(Data("Привет\n".utf8)))
        for bytes in [[], [0x61, 0], [0xFF]] as [[UInt8]] { #expect(!isText(Data(bytes))) }
    }

    private struct Asset {
        let line: Int
        let name: String
        let path: String
    }

    private func assets(in list: String) -> [Asset] {
        lines(of: list).compactMap { number, text in
            guard let match = text.wholeMatch(of: #/#embed ASSET\((\w+), ([^ ,()]+)\)/#) else {
                return nil
            }
            return Asset(line: number, name: String(match.1), path: String(match.2))
        }
    }

    private func complaints(about list: String, files: [String]) -> [String] {
        let assets = assets(in: list)
        let known = Set(assets.map(\.line))
        let malformed = lines(of: list)
            .filter { !known.contains($0) && !$1.isEmpty && !$1.hasPrefix("//") }
            .map { "\(Self.list):\($0.0): write '#embed ASSET(name, path)', a comment or nothing" }
        let misnamed = assets.filter { $0.name != name(of: $0.path) }.map {
            "\(Self.list):\($0.line): \($0.path) is named \($0.name): "
                + "name it \(name(of: $0.path)), after its file"
        }
        let missing = assets.filter { !files.contains($0.path) }.map {
            "\(Self.list):\($0.line): \($0.path) does not exist: add the file, or remove the line"
        }
        let listed = Set(assets.map(\.path))
        let unlisted = files.filter { !isCode($0) && !listed.contains($0) }.map {
            "\($0): write '#embed ASSET(\(name(of: $0)), \($0))' into \(Self.list)"
        }
        return malformed + misnamed + missing + unlisted
    }

    private func lines(of list: String) -> [(Int, Substring)] {
        let lines = list.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.map { ($0 + 1, lines[$0]) }
    }

    /// Returns the name of a file's asset: the file's name without its extension, with `_` for `.`
    /// and `-`.
    private func name(of path: String) -> String {
        let file = path.split(separator: "/").last ?? ""
        let stem = file.split(separator: ".").dropLast().joined(separator: "_")
        return stem.replacing("-", with: "_")
    }

    private func isCode(_ path: String) -> Bool {
        path.hasPrefix("Sources/")
            && ["swift", "c", "h", "def", "modulemap"].contains { path.hasSuffix(".\($0)") }
    }

    private func isText(_ content: Data) -> Bool {
        !content.isEmpty && !content.contains(0) && String(data: content, encoding: .utf8) != nil
    }
}
