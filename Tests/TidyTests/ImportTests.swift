import Testing

@Suite struct ImportTests {
    /// What each target may import of the project and of others; Foundation and the like aside.
    private static let allowed: [String: Set<String>] = [
        "Pledging": [], "OpenSSL": ["COpenSSL"], "Store": ["Pledging", "OpenSSL", "Schema"],
        "SQLiteDriver": ["Store", "Schema", "GRDB", "GRDBSQLite"],
        "Mail": ["Pledging", "Mustache"], "Workflows": ["Pledging", "Store", "Mail", "Schema"],
        "mainstay": [
            "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "Workflows", "ArgumentParser",
            "Configuration", "SystemPackage",
        ],
    ]
    private static let system: Set<String> = ["Foundation", "Glibc", "Synchronization"]

    @Test func `imports point down only`() throws {
        for file in try SourceTree.files("Sources") {
            let wrong = complaints(file)
            #expect(wrong.isEmpty, "\(file.path) imports \(wrong)")
        }
    }

    @Test func `commands know workflows and values alone`() throws {
        let doors: Set<String> = ["ArgumentParser", "Workflows", "Pledging"]
        for file in try SourceTree.files("Sources/mainstay/Commands") {
            let wrong = Set(file.imports).subtracting(doors).subtracting(Self.system)
            #expect(wrong.isEmpty, "\(file.path) imports \(wrong): ask a workflow instead")
        }
    }

    @Test func `pledging reads no system`() throws {
        for file in try SourceTree.files("Sources/Pledging") {
            #expect(!file.imports.contains("Glibc"), "\(file.path): Pledging is pure")
        }
    }

    @Test func `an import that points up is found`() {
        let bad = SourceFile(path: "Sources/Store/X.swift", text: "package import Workflows\n")
        #expect(complaints(bad) == ["Workflows"])
        let vendor = SourceFile(path: "Sources/Workflows/X.swift", text: "import GRDB\n")
        #expect(complaints(vendor) == ["GRDB"])
    }

    private func complaints(_ file: SourceFile) -> [String] {
        let may = (Self.allowed[file.target] ?? []).union(Self.system)
        return file.imports.filter { !may.contains($0) }
    }
}
