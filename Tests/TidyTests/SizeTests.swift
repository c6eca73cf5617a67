import Testing

@Suite struct SizeTests {
    private static let folders = ["Sources", "Schema", "Tests", "Scripts"]

    @Test func `files and lines are short`() throws {
        for folder in Self.folders {
            for file in try SourceTree.files(folder) {
                #expect(file.lines.count <= 600, "\(file.path) has \(file.lines.count) lines")
                let long = file.lines.filter { $0.count > 100 }
                #expect(long.isEmpty, "\(file.path) has \(long.count) lines over 100 columns")
            }
        }
    }

    @Test func `half of the files have 120 lines at most`() throws {
        let counts = try SourceTree.files("Sources").map(\.lines.count).sorted()
        #expect(counts[counts.count / 2] <= 120)
    }

    @Test func `functions fit a screen`() throws {
        for folder in Self.folders {
            for file in try SourceTree.files(folder) {
                let long = longFunctions(file)
                #expect(long.isEmpty, "\(file.path): over 70 lines at \(long)")
            }
        }
    }

    @Test func `a long function is found`() {
        let body = String(repeating: "        x()\n", count: 80)
        let file = SourceFile(path: "X.swift", text: "    func long() {\n\(body)    }\n")
        #expect(longFunctions(file) == [1])
        #expect(longFunctions(SourceFile(path: "X.swift", text: "func a() {\n}\n")).isEmpty)
    }

    /// The line numbers of functions over 70 lines: a declaration, to the brace in its column.
    private func longFunctions(_ file: SourceFile) -> [Int] {
        let lines = file.lines
        return lines.indices.filter { start in
            let line = lines[start]
            guard line.contains("func ") || line.contains(" init("),
                !line.drop(while: { $0 == " " }).hasPrefix("//"), !line.hasSuffix("}")
            else { return false }
            let indent = line.prefix { $0 == " " }
            let end = lines[start...].dropFirst().firstIndex { other in
                other == indent + "}" || other.hasPrefix(indent + "} ")
            }
            return (end ?? start) - start > 70
        }.map { $0 + 1 }
    }
}
