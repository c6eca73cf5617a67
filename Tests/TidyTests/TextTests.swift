import Testing

/// Texts for readers are in the catalogues, and code asks for them by key.
@Suite struct TextTests {
    private static let locale = "Sources/Pledging/Locale/"
    private static let catalogue = locale + "Catalogue/Catalogue.swift"
    private static let language = locale + "Language.swift"
    /// Files that may name a language: the list of languages, their plural rules, and a page that
    /// is in English only.
    private static let naming = [
        language, locale + "Plural.swift", "Sources/Web/Pages/ReferencePage.swift",
    ]

    @Test func `every type of keys is listed`() throws {
        let files = try SourceTree.files("Sources")
        let types = files.flatMap(keyTypes)
        #expect(!types.isEmpty)
        let list = try SourceTree.text(Self.catalogue)
        for type in types {
            #expect(
                list.contains(" \(type).self,"),
                "write \(type).self into keyTypes in \(Self.catalogue)")
        }
    }

    @Test func `a type of keys is found`() {
        let text = """
            package enum A: String, PlainKey {}
            struct B: Sendable, FilledKey {
            extension C: CountedKey {
            protocol D: TextKey {}
            enum E: String { case PlainKey }
            extension PlainKey {
            // enum F: PlainKey {}
            """
        #expect(keyTypes(in: SourceFile(path: "X.swift", text: text)) == ["A", "B", "C"])
    }

    @Test func `no code compares languages`() throws {
        let languages = languages(in: try SourceTree.text(Self.language))
        #expect(languages.count > 1)
        for file in try SourceTree.files("Sources") {
            let found = namings(of: languages, in: file)
            #expect(
                found.isEmpty,
                """
                \(file.path):\(found): ask for a text by its key instead of comparing languages
                """)
        }
    }

    @Test func `code that compares languages is found`() {
        let names = languages(in: "  case latin = \"la\"\n  case other\n    case greek = \"el\"\n")
        #expect(names == ["latin", "greek"])
        let text = "a\nif self == .latin {\n// .greek\ncase (.greek, 1): x\nb.latinized\n"
        func found(_ path: String) -> [Int] {
            namings(of: names, in: SourceFile(path: path, text: text))
        }
        #expect(found("Sources/Web/X.swift") == [2, 4])
        #expect(found(Self.language).isEmpty)
    }

    @Test func `no text in another script stands in code`() throws {
        for file in try SourceTree.files("Sources") {
            let found = linesInCyrillic(file)
            #expect(
                found.isEmpty,
                "\(file.path):\(found): move the text to the catalogues in \(Self.locale)Texts")
        }
    }

    @Test func `a text in another script is found`() {
        let text = "a\n  // Привет\nlet x = \"Привет\"\nlet y = \"Hé\""
        #expect(linesInCyrillic(SourceFile(path: "X.swift", text: text)) == [3])
    }

    /// The types of keys that a file declares.
    private func keyTypes(in file: SourceFile) -> [String] {
        let declaration = #/\b(?:enum|struct|extension) (\w+):.*\b(?:Plain|Filled|Counted)Key\b.*{/#
        return file.codeLines.compactMap { line in
            line.firstMatch(of: declaration).map { String($0.1) }
        }
    }

    /// The cases of `Language`.
    private func languages(in text: String) -> [String] {
        text.matches(of: #/case (\w+) = "/#).map { String($0.1) }
    }

    private func namings(of languages: [String], in file: SourceFile) -> [Int] {
        guard !Self.naming.contains(file.path) else { return [] }
        return Set(languages.flatMap { file.linesOfCode(with: ".\($0)") }).sorted()
    }

    /// The numbers of the lines with Cyrillic letters, comments aside.
    private func linesInCyrillic(_ file: SourceFile) -> [Int] {
        guard file.text.unicodeScalars.contains(where: { isCyrillic($0) }) else { return [] }
        return file.lines.indices.filter { number in
            let line = file.lines[number]
            let isComment = line.drop { $0 == " " }.hasPrefix("//")
            return !isComment && line.unicodeScalars.contains(where: isCyrillic)
        }.map { $0 + 1 }
    }

    private func isCyrillic(_ scalar: Unicode.Scalar) -> Bool {
        (0x0400...0x052F).contains(scalar.value)
    }
}
