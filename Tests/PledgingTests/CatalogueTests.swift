import Testing

@testable import Pledging

/// Every language has every text; each rule that checks this is tried on a text that breaks it.
@Suite struct CatalogueTests {
    /// The built-in texts of a language, one on each line.
    private struct Source {
        let language: Language
        let entries: [CatalogueEntry]
        var lines: [String]

        init(_ language: Language) throws {
            self.language = language
            entries = try catalogueEntries(
                Catalogue.builtInSource(language), file: "\(language.tag).txt")
            lines = entries.map { entry in
                "\(entry.key) = \(entry.text.filled { "{\($0)}" })"
            }
        }

        @discardableResult func read() throws(CatalogueError) -> Catalogue {
            try Catalogue(language, source: lines.joined(separator: "\n"))
        }

        func malformed(_ line: Int, _ problem: String) -> CatalogueError {
            .malformed(file: "\(language.tag).txt", line: line, problem: problem)
        }
    }

    @Test func `the texts of every language are complete`() throws {
        try Catalogue.checkBuiltIn()
    }

    @Test(arguments: Language.allCases)
    func `a key without a text is reported`(language: Language) throws {
        let source = try Source(language)
        try source.read()
        for (index, entry) in source.entries.enumerated() {
            var broken = source
            broken.lines[index] = ""
            let expected = CatalogueError.missing(file: "\(language.tag).txt", keys: [entry.key])
            #expect(throws: expected) { try broken.read() }
        }
    }

    @Test(arguments: Language.allCases)
    func `a text that nobody asks for is refused`(language: Language) throws {
        var source = try Source(language)
        for key in ["page.no_such", "page", "days", "days.two", "month.0", "month.13"] {
            source.lines.append("\(key) = x")
            let expected = source.malformed(
                source.lines.count, "the program has no text with the key '\(key)'")
            #expect(throws: expected) { try source.read() }
            source.lines.removeLast()
        }
    }

    @Test(arguments: Language.allCases)
    func `a text shows the values that the program gives, and no other`(
        language: Language
    ) throws {
        let source = try Source(language)
        var found: Set<String> = []
        for (index, entry) in source.entries.enumerated() {
            for name in entry.text.placeholders {
                found.insert(name)
                var broken = source
                broken.lines[index] = broken.lines[index].replacing("{\(name)}", with: name)
                #expect(throws: source.malformed(index + 1, "the text must contain {\(name)}")) {
                    try broken.read()
                }
            }
            var broken = source
            broken.lines[index] += " {other}"
            let known = entry.text.placeholders.sorted().map { "{\($0)}" }
            let expected = source.malformed(
                index + 1,
                "{other} is not a placeholder of this text; it has "
                    + (known.isEmpty ? "none" : known.joined(separator: ", ")))
            #expect(throws: expected) { try broken.read() }
        }
        #expect(found == Set(Catalogue.keyTypes.flatMap { $0.placeholders }))
    }

    @Test(arguments: Language.allCases)
    func `no two keys have one name`(language: Language) throws {
        let names = Catalogue.keyTypes.flatMap { Catalogue.names(of: $0, in: language) }
        #expect(!names.isEmpty && Set(names).count == names.count)
        #expect(try names.count == Source(language).entries.count)
    }

    @Test(arguments: Language.allCases)
    func `a plural rule lists every category that it returns`(language: Language) {
        let answered = Set((0...1_000).map(language.pluralCategory))
        #expect(answered == Set(language.pluralRule.categories))
        #expect(answered.count == language.pluralRule.categories.count)
    }

    @Test func `each plural form of the language is wanted, and no form of another`() throws {
        var english = try Source(.english)
        english.lines.append("days.few = {count} days")
        let extra = english.malformed(
            english.lines.count, "the program has no text with the key 'days.few'")
        #expect(throws: extra) { try english.read() }

        var russian = try Source(.russian)
        russian.lines.removeAll { $0.hasPrefix("days.few") || $0.hasPrefix("days.many") }
        #expect(
            throws: CatalogueError.missing(file: "ru.txt", keys: ["days.few", "days.many"])
        ) {
            try russian.read()
        }
    }

    @Test func `a text of the source is what readers are told`() throws {
        var source = try Source(.russian)
        func write(_ key: String, _ text: String) {
            source.lines.removeAll { $0.hasPrefix("\(key) =") }
            source.lines.append("\(key) = \(text)")
        }
        write("page.manage.stop", "Хватит")
        write("status.next", "{day}, не раньше {day}")
        write("days.few", "дня: {count}")
        let catalogue = try source.read()
        #expect(catalogue.text(PageText.stop) == "Хватит")
        #expect(catalogue.text(PledgeDayText.next) { _ in "X" } == "X, не раньше X")
        #expect(catalogue.text(CountText.days, count: 22) == "дня: 22")
        #expect(catalogue.text(CountText.days, count: 21) == "21 день")
    }

    @Test func `a catalogue that cannot be read shows keys, and stops nothing`() {
        let catalogue = Catalogue(withoutTexts: .russian)
        #expect(catalogue.text(PageText.stop) == "page.manage.stop")
        #expect(catalogue.text(PledgeDayText.next) { _ in "X" } == "status.next")
        #expect(catalogue.text(CountText.days, count: 22) == "days.few")
    }
}
