import Embedded

/// The texts of one language. It has a text for every key, with the placeholders of that key, and
/// no other text; a source that lacks one is rejected.
package struct Catalogue: Sendable {
    /// Every type of keys. The texts of a type that is not listed here are refused.
    static let keyTypes: [any TextKey.Type] = [
        CountText.self, CurrencyText.self, DayForm.self, DeclineText.self, IntervalText.self,
        MoneyForm.self, MonthForm.self, MonthName.self, NumberText.self, PageText.self,
        PageDayText.self, PeriodText.self, PledgeDayText.self, PledgeText.self, RiskText.self,
        RiskWarning.self, StopReasonText.self,
    ]

    private let language: Language
    private let texts: [String: TextPattern]

    /// Reads the source of a catalogue. Throws `malformed` for the first line that is wrong, and
    /// `missing` with all keys that have no text.
    package init(_ language: Language, source: String) throws(CatalogueError) {
        let file = Catalogue.file(language)
        let entries = try catalogueEntries(source, file: file)
        let expected = Catalogue.placeholders(in: language)
        for entry in entries {
            if let problem = Catalogue.problem(of: entry, expected[entry.key]) {
                throw .malformed(file: file, line: entry.line, problem: problem)
            }
        }
        let missing = Set(expected.keys).subtracting(entries.map(\.key))
        guard missing.isEmpty else { throw .missing(file: file, keys: missing.sorted()) }
        self.language = language
        texts = Dictionary(entries.map { ($0.key, $0.text) }, uniquingKeysWith: { $1 })
    }

    /// For a language whose built-in catalogue cannot be read: each text is the name of its key.
    init(withoutTexts language: Language) {
        self.language = language
        texts = [:]
    }

    /// The text of a key.
    package func text(_ key: some PlainKey) -> String { pattern(key.name).filled { "{\($0)}" } }

    /// The text of a key with a value for each placeholder.
    package func text<Key: FilledKey>(
        _ key: Key, _ value: (Key.Placeholder) -> String
    ) -> String {
        pattern(key.name).filled { Key.Placeholder(rawValue: $0).map(value) ?? "{\($0)}" }
    }

    /// The text of a key in the plural form of `count`.
    package func text(_ key: some CountedKey, count: Int) -> String {
        let category = language.pluralCategory(of: count)
        return pattern(Catalogue.name(key, category)).filled { _ in String(count) }
    }

    /// A catalogue that was read has every key. For one without texts (see above), the name is the
    /// text.
    private func pattern(_ name: String) -> TextPattern {
        texts[name] ?? TextPattern(literal: name)
    }
}

// MARK: The built-in catalogues

extension Catalogue {
    /// Throws CatalogueError if a built-in catalogue cannot be used. The program calls it once,
    /// when it starts, so that no look-up fails later.
    package static func checkBuiltIn() throws(CatalogueError) {
        for language in Language.allCases { _ = try builtIn[language]?.get() }
    }

    /// Returns the source of a language's built-in catalogue, as a translator wrote it. Throws
    /// `absent` if the program was built without it.
    package static func builtInSource(_ language: Language) throws(CatalogueError) -> String {
        let file = file(language)
        guard let text = embeddedText(at: "Sources/Pledging/Locale/Texts/\(file)") else {
            throw .absent(file: file)
        }
        return String(cString: text)
    }

    static func builtIn(_ language: Language) -> Catalogue {
        (try? builtIn[language]?.get()) ?? Catalogue(withoutTexts: language)
    }

    private static let builtIn: [Language: Result<Catalogue, CatalogueError>] =
        Dictionary(
            uniqueKeysWithValues: Language.allCases.map { language in
                let catalogue = Result { () throws(CatalogueError) in
                    try Catalogue(language, source: builtInSource(language))
                }
                return (language, catalogue)
            })

    private static func file(_ language: Language) -> String { "\(language.tag).txt" }
}

// MARK: What a catalogue must hold

extension Catalogue {
    /// Returns the placeholders of every text that a catalogue of this language must have, by the
    /// text's name.
    private static func placeholders(in language: Language) -> [String: Set<String>] {
        var expected: [String: Set<String>] = [:]
        for type in keyTypes {
            for name in names(of: type, in: language) { expected[name] = Set(type.placeholders) }
        }
        return expected
    }

    /// Returns the names of all texts of a type of keys; a counted key has one for each plural
    /// form.
    static func names<Key: TextKey>(of type: Key.Type, in language: Language) -> [String] {
        guard Key.isCounted else { return Key.allCases.map(\.name) }
        return Key.allCases.flatMap { key in
            language.pluralRule.categories.map { name(key, $0) }
        }
    }

    private static func name(_ key: some TextKey, _ category: PluralCategory) -> String {
        "\(key.name).\(category.rawValue)"
    }

    private static func problem(of entry: CatalogueEntry, _ expected: Set<String>?) -> String? {
        guard let expected else { return "the program has no text with the key '\(entry.key)'" }
        let given = entry.text.placeholders
        if let unknown = given.subtracting(expected).min() {
            let known = expected.sorted().map { "{\($0)}" }.joined(separator: ", ")
            return known.isEmpty
                ? "{\(unknown)} is not a placeholder of this text; it has none"
                : "{\(unknown)} is not a placeholder of this text; it has \(known)"
        }
        return expected.subtracting(given).min().map { "the text must contain {\($0)}" }
    }
}

extension Language {
    /// The text of a key in this language.
    package func text(_ key: some PlainKey) -> String { catalogue.text(key) }

    var catalogue: Catalogue { Catalogue.builtIn(self) }
}
