import Testing

/// A field that a verb refuses by name has a place in the request of every door. The compiler makes
/// each door give a word for it; only the sources show whether the word is right.
@Suite struct FieldTests {
    private static let verbs = "Sources/Workflows"
    private static let operations = "Sources/Web/API"
    private static let words = "Sources/mainstay/Commands/FieldWords.swift"

    // MARK: The command line

    @Test func `every option that is named is there`() throws {
        let commands = try SourceTree.files("Sources/mainstay")
        let known = commands.reduce(into: Set<String>()) { $0.formUnion(options(in: $1.text)) }
        let named = optionWords(in: try SourceTree.text(Self.words))
        #expect(named.count > 20)
        #expect(named.subtracting(known) == [], "\(Self.words): no command has these options")
    }

    @Test func `an option that no command has is found`() {
        #expect(optionWords(in: "case .a: \"--paid-on\"\n\"page\" \"--x: y\"") == ["paid-on"])
        let text = "@Option(help: \"x\") var paidOn: Int\n@Option(name: .customLong(\"in\"))\nvar a"
        #expect(options(in: text) == ["paid-on", "in", "a"])
    }

    private func optionWords(in text: String) -> Set<String> {
        Set(text.matches(of: #/"--([a-z0-9-]+)"/#).map { String($0.1) })
    }

    private func options(in text: String) -> Set<String> {
        let variables = text.matches(of: #/\bvar (\w+)/#).map { hyphenated($0.1) }
        let own = text.matches(of: #/customLong\("([a-z0-9-]+)"\)/#).map { String($0.1) }
        return Set(variables + own)
    }

    private func hyphenated(_ name: Substring) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
    }

    // MARK: HTTP

    @Test func `a verb that HTTP offers lists all that it names`() throws {
        let offered = try SourceTree.files(Self.operations).map(\.text).joined()
        let files = try SourceTree.files(Self.verbs)
        let lists = files.compactMap(list)
        for file in files {
            let own = list(file)
            let isOffered = offered.contains("\(file.name.dropLast(6)).run(")
            guard isOffered || own != nil else { continue }
            let unlisted = namedFields(file).subtracting(own?.all(lists) ?? [])
            #expect(unlisted == [], "\(file.path): add them to its `fields`")
        }
    }

    @Test func `an operation names what its verb lists`() throws {
        let listing = try SourceTree.files(Self.verbs).compactMap(list).filter(\.isAtTop)
            .map(\.type)
        #expect(listing.count > 10)
        for file in try SourceTree.files(Self.operations) {
            // What follows the table belongs to no operation.
            let table = file.text.split(separator: "\n    ]\n").first ?? ""
            for operation in table.split(separator: " Operation(\n").dropFirst() {
                let forgotten = listing.filter { type in
                    (operation.contains("\(type).run(") || operation.contains("\(type)("))
                        && !operation.contains("\(type).fields")
                }
                #expect(
                    forgotten == [], "\(file.path): pass `names: X.fields` to the Operation")
            }
        }
    }

    @Test func `a field that is not listed is found`() throws {
        let text = """
            struct A {
                /// All.
                static let fields: Set<Problem.Field> = B.fields.union([
                    .amount, .note,
                ])

                func run() {
                    throw Problem(.invalid, field: .amount, "x")
                    throw Problem(.invalid, field: .until, "x")
                    _ = try InputRules.optional(note, .source, maximumBytes: 1)
                    var field = Problem.Field.head
                    if a { field = .currency }
                }
            }
            """
        let file = SourceFile(path: "\(Self.verbs)/A/Verb.swift", text: text)
        let found = try #require(list(file))
        #expect(found.type == "A" && found.isAtTop)
        #expect(found.fields == ["amount", "note"] && found.others == ["B"])
        let other = FieldList(type: "B", fields: ["until"], others: [], isAtTop: true)
        #expect(found.all([found, other]) == ["amount", "note", "until"])
        #expect(namedFields(file) == ["amount", "until", "source", "head", "currency"])
        let none = SourceFile(path: "\(Self.verbs)/A/A.swift", text: "enum A {}")
        #expect(list(none) == nil && namedFields(none) == [])
    }

    /// The fields that a type lists as those that its Problems may name.
    private struct FieldList: Equatable {
        let type: String
        let fields: Set<String>
        /// Types whose lists it includes.
        let others: Set<String>
        /// False if the type is nested in another.
        let isAtTop: Bool

        func all(_ lists: [FieldList]) -> Set<String> {
            lists.filter { others.contains($0.type) }
                .reduce(fields) { $0.union($1.all(lists)) }
        }
    }

    /// Returns a file's list, up to the next empty line; nil if there is none.
    private func list(_ file: SourceFile) -> FieldList? {
        let beginning = " static let fields: Set<Problem.Field> ="
        guard let start = file.codeLines.firstIndex(where: { $0.contains(beginning) }) else {
            return nil
        }
        let text = file.codeLines[start...]
            .prefix { line in line.contains { !$0.isWhitespace } }.joined(separator: "\n")
        let types = file.codeLines[..<start].compactMap { line in
            line.firstMatch(of: #/^(?:package )?(?:enum|struct) (\w+)/#)
        }
        return FieldList(
            type: types.last.map { String($0.1) } ?? "",
            fields: cases(#/[\[ ]\.(\w+)/#, in: text), others: cases(#/(\w+)\.fields/#, in: text),
            isAtTop: file.codeLines[start].prefix { $0 == " " }.count == 4)
    }

    /// The cases that are passed as a field.
    private func namedFields(_ file: SourceFile) -> Set<String> {
        let code = file.codeLines.joined(separator: "\n")
        return cases(#/\bfield(?: =|:) \.(\w+)/#, in: code)
            .union(cases(#/\bProblem\.Field\.(\w+)/#, in: code))
            .union(cases(#/\bInputRules\.\w+\([^()]*, \.(\w+)/#, in: code))
    }

    private func cases(_ pattern: Regex<(Substring, Substring)>, in code: String) -> Set<String> {
        Set(code.matches(of: pattern).map { String($0.1) })
    }
}
