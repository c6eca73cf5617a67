import Testing

@Suite struct SizeTests {
    private static let folders = ["Sources", "Tests", "Scripts"]
    private static let fileMaximumLines = 600
    private static let lineMaximumCharacters = 100
    private static let functionMaximumLines = 70
    private static let medianMaximumLines = 120

    @Test(arguments: folders) func `files and lines are short`(_ folder: String) throws {
        for file in try SourceTree.files(folder) {
            #expect(
                !isTooLong(file),
                "\(file.path): \(file.lines.count) lines, over \(Self.fileMaximumLines): split it")
            let wide = wideLines(file)
            #expect(wide.isEmpty, "\(file.path):\(wide): over 100 columns")
        }
    }

    @Test func `half of the files have at most 120 lines`() throws {
        let counts = try SourceTree.files("Sources").map(\.lines.count)
        #expect(
            median(counts) <= Self.medianMaximumLines,
            """
            over half of the files have more than \(Self.medianMaximumLines) lines: split files \
            that have two subjects
            """)
    }

    @Test(arguments: folders) func `functions are short`(_ folder: String) throws {
        for file in try SourceTree.files(folder) {
            for function in functions(of: file) {
                #expect(
                    function.lines <= Self.functionMaximumLines,
                    """
                    \(file.path):\(function.start): \(function.lines) lines, over \
                    \(Self.functionMaximumLines): move steps into functions of their own
                    """)
            }
        }
    }

    @Test func `a long file and a wide line are found`() {
        let long = SourceFile(path: "X.swift", text: String(repeating: "\n", count: 601))
        #expect(isTooLong(long))
        let wide = String(repeating: "ж", count: 101)
        let file = SourceFile(path: "X.swift", text: "a\n\(wide)\n\(wide.dropLast())\n")
        #expect(!isTooLong(file))
        #expect(wideLines(file) == [2])
    }

    @Test func `the median is the middle one`() {
        #expect(median([500, 121, 1]) == 121)
        #expect(median([]) == 0)
    }

    @Test func `the length of every function is known`() {
        let text = """
            protocol P { func none() }
            protocol Q {
                func bare() async throws -> Int
                init(_ x: Int)
            }
            extension R {
                package init?(
                    _ a: Int = { 1 }()
                ) throws(E) {
                    guard a > 0 else { return nil }
                    let text = "{ \\(a.map { $0 }) {"
                }

                func long<T>(
                    _ x: T
                ) -> T
                where T: A,
                    T: B
                {
                    Self.init(1)
                }
                subscript(i: Int) -> Int { i }
            }
            """
        let found = functions(of: SourceFile(path: "X.swift", text: text))
        #expect(found.map(\.start) == [7, 14, 22])
        #expect(found.map(\.lines) == [6, 8, 1])
    }

    private func isTooLong(_ file: SourceFile) -> Bool {
        file.lines.count > Self.fileMaximumLines
    }

    private func wideLines(_ file: SourceFile) -> [Int] {
        file.lines.indices.filter { file.lines[$0].count > Self.lineMaximumCharacters }
            .map { $0 + 1 }
    }

    private func median(_ numbers: [Int]) -> Int {
        numbers.isEmpty ? 0 : numbers.sorted()[numbers.count / 2]
    }
}

/// Where each function, initialiser and subscript with a body begins, and its number of lines.
private func functions(of file: SourceFile) -> [(start: Int, lines: Int)] {
    file.codeLines.indices.compactMap { start in
        guard declaresFunction(file.codeLines[start]) else { return nil }
        return lastLine(ofFunctionFrom: start, in: file.codeLines)
            .map { (start: start + 1, lines: $0 - start + 1) }
    }
}

private func declaresFunction(_ line: Substring) -> Bool {
    let keywords = ["func", "init", "subscript"]
    guard keywords.contains(where: { line.contains($0) }) else { return false }
    let words = line.split(separator: " ")
    guard
        let index = words.firstIndex(where: { word in
            keywords.contains(String(word.prefix { isNamePart($0) }))
        })
    else { return false }
    return words[..<index].allSatisfy { $0.allSatisfy { isNamePart($0) || "@()".contains($0) } }
}

/// The line of the brace that closes the body; nil for a requirement, which has none.
private func lastLine(ofFunctionFrom start: Int, in lines: [Substring]) -> Int? {
    var parentheses = 0
    var braces = 0
    for number in start..<lines.count {
        for character in lines[number] {
            switch character {
            case "(", "[": parentheses += 1
            case ")", "]": parentheses -= 1
            case "{": braces += 1
            case "}": braces -= 1
            default: continue
            }
            if character == "}", braces == 0, parentheses == 0 { return number }
            if braces < 0 { return nil }
        }
        let isInHead = braces == 0 && parentheses == 0
        if isInHead, !headGoesOn(after: lines[number], with: lines[(number + 1)...].first) {
            return nil
        }
    }
    return nil
}

private func headGoesOn(after line: Substring, with next: Substring?) -> Bool {
    let last = line.split(separator: " ").last ?? ""
    if ["->", "where"].contains(last) || last.hasSuffix(",") || last.hasSuffix("<") { return true }
    let first = next?.split(separator: " ").first ?? ""
    return ["->", "where", "{", "async", "throws", "rethrows"].contains { first.hasPrefix($0) }
}
