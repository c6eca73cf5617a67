import Foundation
import Testing

@Suite struct ImportTests {
    /// The modules that each target may import: those above it, never one beside it.
    private static let allowed: [String: Set<String>] = [
        "Pledging": ["Embedded", "Foundation"],
        "OpenSSL": ["COpenSSL", "Synchronization"],
        "Store": ["Embedded", "Pledging", "OpenSSL", "Foundation", "Glibc", "Synchronization"],
        "SQLiteDriver": ["Store", "GRDB", "GRDBSQLite", "Glibc", "Synchronization"],
        "Mail": [
            "Embedded", "Pledging", "Mustache", "Foundation", "Dispatch", "Glibc",
            "Synchronization",
        ],
        "MainstayWebhooks": ["OpenSSL", "Foundation"],
        "Webhooks": [
            "Embedded", "MainstayWebhooks", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix",
            "NIOSSL",
            "Foundation", "Dispatch", "Glibc", "Synchronization",
        ],
        "Payments": ["Pledging", "OpenSSL", "Foundation", "Synchronization"],
        "Workflows": [
            "Pledging", "Store", "Mail", "MainstayWebhooks", "Payments", "Webhooks",
            "Foundation", "Dispatch", "Logging", "Synchronization",
        ],
        "Web": [
            "Pledging", "Workflows", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore",
            "Metrics", "NIOHTTP1", "NIOHTTPCompression", "NIOHTTPTypes", "NIOHTTPTypesHTTP1",
            "ServiceLifecycle", "UnixSignals", "Logging", "Foundation", "Glibc", "Synchronization",
        ],
        "mainstay": [
            "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "Payments", "Webhooks",
            "Workflows", "Web", "ArgumentParser", "Configuration", "Logging", "SystemPackage",
            "Foundation", "Dispatch", "Glibc", "Synchronization",
        ],
    ]

    /// Written in C; they import nothing of ours.
    private static let inC: Set = ["COpenSSL", "Embedded"]

    /// Other rules for some files of a target.
    private static let special: [String: Set<String>] = [
        // How processors are called over the network. Apart from Webhooks, nothing else uses HTTP.
        "Sources/Payments/HTTP/": [
            "Pledging", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "Synchronization",
        ],
        "Sources/mainstay/Commands/": [
            "ArgumentParser", "Workflows", "Web", "Pledging", "Foundation", "Glibc",
        ],
        // The Sandbox keeps a file, which it uses on a thread of its own.
        "Sources/Payments/Sandbox/": ["Pledging", "OpenSSL", "Foundation", "Glibc", "Dispatch"],
        "Sources/Store/Statements/": ["Pledging"],
    ]

    @Test func `imports point down only`() throws {
        for file in try SourceTree.files("Sources") {
            let wrong = complaints(file)
            #expect(wrong.isEmpty, "\(file.path) may not import \(wrong)")
        }
    }

    @Test func `every target has its line in the table`() throws {
        let folders = try FileManager.default
            .contentsOfDirectory(atPath: "\(SourceTree.root)/Sources")
        #expect(Set(folders) == Self.inC.union(Self.allowed.keys))
    }

    @Test(arguments: [
        ("GRDB", "SQLiteDriver"), ("GRDBSQLite", "SQLiteDriver"), ("COpenSSL", "OpenSSL"),
        ("Mustache", "Mail"), ("AsyncHTTPClient", "Webhooks"), ("ArgumentParser", "mainstay"),
        ("Configuration", "mainstay"), ("Hummingbird", "Web"),
    ])
    func `a vendor has one importer`(vendor: String, owner: String) {
        for target in Self.allowed.keys {
            let file = SourceFile(path: "Sources/\(target)/X.swift", text: "import \(vendor)\n")
            #expect(complaints(file) == (target == owner ? [] : [vendor]))
        }
    }

    @Test(arguments: [
        ("Sources/Store/X.swift", "package import Workflows", "Workflows"),
        ("Sources/Mail/X.swift", "import Store", "Store"),
        ("Sources/Store/X.swift", "import Mail", "Mail"),
        ("Sources/Pledging/X.swift", "private import Glibc", "Glibc"),
        ("Sources/OpenSSL/X.swift", "import Foundation", "Foundation"),
        ("Sources/Workflows/X.swift", "@preconcurrency internal import GRDB", "GRDB"),
        ("Sources/Workflows/X.swift", "import struct GRDB.Row", "GRDB"),
        ("Sources/mainstay/Commands/X.swift", "import Store", "Store"),
        ("Sources/mainstay/Commands/X.swift", "import OpenSSL", "OpenSSL"),
        ("Sources/mainstay/Commands/X.swift", "import SQLiteDriver", "SQLiteDriver"),
        ("Sources/Store/Statements/X.swift", "import OpenSSL", "OpenSSL"),
        ("Sources/Payments/X.swift", "import AsyncHTTPClient", "AsyncHTTPClient"),
        ("Sources/Payments/HTTP/X.swift", "import OpenSSL", "OpenSSL"),
        ("Sources/Payments/Stripe/X.swift", "import Store", "Store"),
        ("Sources/Store/Statements/X.swift", "import Embedded", "Embedded"),
        ("Sources/Payments/Stripe/X.swift", "import AsyncHTTPClient", "AsyncHTTPClient"),
    ])
    func `a wrong import is found`(path: String, line: String, module: String) {
        #expect(complaints(SourceFile(path: path, text: "// X\n\(line)\n")) == [module])
    }

    private func complaints(_ file: SourceFile) -> [String] {
        let folder = Self.special.keys.first { file.path.hasPrefix($0) }
        let may = folder.flatMap { Self.special[$0] } ?? Self.allowed[file.target] ?? []
        return imports(of: file).filter { !may.contains($0) }
    }
}

/// The modules that a file imports, with any attributes, access level and kind.
private func imports(of file: SourceFile) -> [String] {
    let access: Set = ["public", "package", "internal", "fileprivate", "private"]
    let kinds: Set = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
    ]
    return file.codeLines.compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        guard let index = words.firstIndex(of: "import"),
            words[..<index].allSatisfy({ $0.hasPrefix("@") || access.contains($0) })
        else { return nil }
        let name = words[(index + 1)...].first { !kinds.contains($0) }
        return name?.split(separator: ".").first.map(String.init)
    }
}
