import Testing

@Suite struct HouseTests {
    private static let targets = [
        "Embedded", "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "MainstayWebhooks",
        "Webhooks", "Payments", "Workflows", "Web", "mainstay",
    ]

    // MARK: Targets

    @Test(arguments: targets) func `every target says what it is for`(_ target: String) throws {
        let heads = ["Embedded": "include/Embedded.h", "mainstay": "Mainstay.swift"]
        let path = "Sources/\(target)/\(heads[target] ?? "\(target).swift")"
        #expect(
            hasOpening(try SourceTree.text(path)),
            """
            \(path) must begin with a comment: what \(target) is for, what it may import, what \
            must never be in it
            """)
    }

    @Test func `a file without an opening is found`() {
        #expect(hasOpening("// Store: all SQL.\n// Never here: a network.\n"))
        #expect(!hasOpening("// Store.\nimport Pledging\n"))
        #expect(!hasOpening("/// A store.\n/// Of things.\nstruct Book {}\n"))
        #expect(!hasOpening("import Pledging\n// Store: all SQL.\n// Never here: a network.\n"))
    }

    @Test(arguments: targets) func `no type has its module's name`(_ target: String) throws {
        for file in try SourceTree.files("Sources") where file.target == target {
            let found = types(named: target, in: file)
            #expect(
                found.isEmpty,
                "\(file.path):\(found): rename the type, because it hides the module")
        }
    }

    @Test(arguments: [
        "struct Store {", "final class Store: A {", "package enum Store<T> {", "actor Store{",
        "protocol Store", "typealias Store = Int",
    ])
    func `a type with its module's name is found`(line: String) {
        func found(_ text: String) -> [Int] {
            types(named: "Store", in: SourceFile(path: "Sources/Store/X.swift", text: text))
        }
        #expect(found("\n" + line) == [2])
        #expect(found("struct StoredRing {\n// struct Store {").isEmpty)
    }

    // MARK: Migrations

    @Test func `every migration is written for both engines`() throws {
        let names = try SourceTree.paths("Schema").filter { $0.hasSuffix(".sql") }
        #expect(!names.isEmpty)
        #expect(unpaired(names) == [], "add the migration's file for the other engine")
    }

    @Test func `a migration for one engine alone is found`() {
        let names = ["m1.sqlite.sql", "m1.postgres.sql", "m2.sqlite.sql", "m3.postgres.sql"]
        #expect(unpaired(names) == ["m2.sqlite.sql", "m3.postgres.sql"])
        #expect(unpaired(["m4.sql"]) == ["m4.sql"])
    }

    private func hasOpening(_ text: String) -> Bool {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.prefix { $0.hasPrefix("// ") }.count >= 2
    }

    private func types(named name: String, in file: SourceFile) -> [Int] {
        ["struct", "enum", "class", "protocol", "actor", "typealias"].flatMap { kind in
            file.linesOfCode(with: "\(kind) \(name)")
        }
    }

    private func unpaired(_ names: [String]) -> [String] {
        let all = Set(names)
        return names.filter { name in
            if name.hasSuffix(".sqlite.sql") {
                return !all.contains(name.dropLast(".sqlite.sql".count) + ".postgres.sql")
            }
            return !name.hasSuffix(".postgres.sql")
                || !all.contains(name.dropLast(".postgres.sql".count) + ".sqlite.sql")
        }
    }
}
