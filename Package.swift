// swift-tools-version: 6.2

import PackageDescription

// Read top to bottom: each target may depend only on targets above it.
// A target exists because it isolates an outside dependency, enforces a purity rule, or is in C.
let targets: [Target] = [
    // In C: the files that the program carries inside itself. They lie in the folders of the targets
    // that read them, which exclude them here from their own sources.
    .target(name: "Embedded"),

    // Pure: money, calendar, ids, entities, state machines. No I/O, no clock, no vendor.
    .target(
        name: "Pledging", dependencies: ["Embedded"],
        exclude: ["Charging/decline_codes.csv", "Locale/Texts", "Risk/mail_domains.csv"]),

    // libcrypto. OpenSSL is the only importer of the module map.
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "OpenSSL", dependencies: ["COpenSSL"]),

    // All SQL, the driver protocol, and the sealing of personal data.
    .target(name: "Store", dependencies: ["Embedded", "Pledging", "OpenSSL"]),

    // The only importer of GRDB.
    .target(
        name: "SQLiteDriver",
        dependencies: [
            "Store", .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "GRDBSQLite", package: "GRDB.swift"),
        ]),

    // Message building, templates, transports. It is handed URLs, it makes none.
    .target(
        name: "Mail",
        dependencies: [
            "Embedded", "Pledging", .product(name: "Mustache", package: "swift-mustache"),
        ],
        exclude: ["Templates"]),

    // Standard Webhooks, signed and verified: the one public product.
    .target(name: "MainstayWebhooks", dependencies: ["OpenSSL"]),

    // Sends webhooks and guards where they go. Beside Payments the importer of AsyncHTTPClient.
    .target(
        name: "Webhooks",
        dependencies: [
            "Embedded", "MainstayWebhooks",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
            .product(name: "NIOSSL", package: "swift-nio-ssl"),
        ],
        exclude: ["forbidden_addresses.csv"]),

    // Payment processors, each in a folder of its own.
    .target(
        name: "Payments",
        dependencies: [
            "Pledging", "OpenSSL",
            .product(name: "AsyncHTTPClient", package: "async-http-client"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),

    // The verbs: the whole behaviour, one file each.
    .target(
        name: "Workflows",
        dependencies: [
            "Pledging", "Store", "Mail", "MainstayWebhooks", "Payments", "Webhooks",
            .product(name: "Logging", package: "swift-log"),
        ]),

    // The door for programs and processors, over HTTP.
    .target(
        name: "Web",
        dependencies: [
            "Pledging", "Workflows", .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "Metrics", package: "swift-metrics"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
            .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
            .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
            .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        ]),

    // The command line, and the composition root.
    .executableTarget(
        name: "mainstay",
        dependencies: [
            "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "Payments", "Webhooks",
            "Workflows", "Web",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Configuration", package: "swift-configuration"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "SystemPackage", package: "swift-system"),
        ]),

    // One test target for each source target. TestSupport may import anything.
    .target(
        name: "TestSupport",
        dependencies: [
            "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "Payments", "Workflows",
            .product(name: "Logging", package: "swift-log"),
        ],
        path: "Tests/TestSupport", resources: [.copy("webhook_receiver.py")]),
    .testTarget(name: "EmbeddedTests", dependencies: ["Embedded"]),
    .testTarget(
        name: "PledgingTests", dependencies: ["Pledging"], resources: [.copy("Fixtures")]),
    .testTarget(name: "OpenSSLTests", dependencies: ["OpenSSL"]),
    .testTarget(name: "StoreTests", dependencies: ["Store", "TestSupport"]),
    .testTarget(
        name: "SQLiteDriverTests", dependencies: ["SQLiteDriver", "OpenSSL", "TestSupport"]),
    .testTarget(
        name: "MailTests", dependencies: ["Mail", "Pledging"],
        resources: [.copy("parse_mail.py"), .copy("fake_sendmail.sh")]),
    .testTarget(
        name: "MainstayWebhooksTests", dependencies: ["MainstayWebhooks"],
        resources: [.copy("Fixtures")]),
    .testTarget(name: "WebhooksTests", dependencies: ["Webhooks", "TestSupport"]),
    // Stripe in memory, on loopback, as its documentation has it.
    .target(
        name: "FakeStripe",
        dependencies: [
            "Pledging", "OpenSSL", .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdCore", package: "hummingbird"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOPosix", package: "swift-nio"),
        ],
        path: "Tests/FakeStripe"),
    .testTarget(
        name: "PaymentsTests", dependencies: ["Payments", "FakeStripe", "TestSupport"],
        resources: [.copy("Fixtures"), .copy("local_stripe.py")]),
    .testTarget(
        name: "WorkflowsTests",
        dependencies: [
            "Workflows", "MainstayWebhooks", "Payments", "SQLiteDriver", "Webhooks",
            "TestSupport",
        ]),
    .testTarget(
        name: "WebTests",
        dependencies: [
            "Web", "Workflows", "Payments", "Mail", "Webhooks", "Pledging", "Store",
            "SQLiteDriver", "TestSupport",
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HummingbirdTesting", package: "hummingbird"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Metrics", package: "swift-metrics"),
            .product(name: "NIOCore", package: "swift-nio"),
            .product(name: "NIOHTTP1", package: "swift-nio"),
        ]),
    // Years of charging in minutes: what SimulationTests and Scripts/simulate run.
    .target(
        name: "Simulation",
        dependencies: [
            "Pledging", "OpenSSL", "Store", "SQLiteDriver", "Mail", "Payments", "Workflows",
            "TestSupport",
        ],
        path: "Tests/Simulation"),
    .testTarget(
        name: "SimulationTests",
        dependencies: [
            "Simulation", "Pledging", "Store", "SQLiteDriver", "Mail", "Payments",
            "TestSupport",
        ]),
    .executableTarget(
        name: "Simulate",
        dependencies: [
            "Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        ],
        path: "Scripts/Simulate"),
    // Spawns the built program, as a user would.
    .testTarget(
        name: "MainstayTests", dependencies: ["mainstay", "Workflows", "TestSupport"],
        resources: [.copy("Fixtures")]),
    // The house rules of ARCHITECTURE.md, read off the sources.
    .testTarget(name: "TidyTests"),

    // What Scripts/bench measures inside one process.
    .executableTarget(
        name: "Benchmarks",
        dependencies: [
            "Pledging", "OpenSSL", "Payments", "Store", "SQLiteDriver", "Workflows", "TestSupport",
            .product(name: "Hummingbird", package: "hummingbird"),
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "NIOCore", package: "swift-nio"),
        ],
        path: "Scripts/Benchmarks"),
]

for target in targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}

let package = Package(
    name: "mainstay",
    products: [
        .executable(name: "mainstay", targets: ["mainstay"]),
        .library(name: "MainstayWebhooks", targets: ["MainstayWebhooks"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", exact: "1.4.0",
            traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        // FilePath, which swift-configuration takes.
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    ],
    targets: targets,
    swiftLanguageModes: [.v6]
)
