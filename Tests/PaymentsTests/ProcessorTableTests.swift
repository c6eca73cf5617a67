import Foundation
import Glibc
import Pledging
import TestSupport
import Testing

@testable import Payments

@Suite struct ProcessorTableTests {
    private static let testKey = "sk_test_hidden"

    private func place(_ bookPath: String = "/nowhere/at/all.db") -> ProcessorPlace {
        ProcessorPlace(
            bookPath: bookPath, now: { .noon }, steady: SteadyClock(ContinuousClock()))
    }

    private func names(_ settings: [String: String]) throws -> [String] {
        try ProcessorTable.setUp(by: ProcessorSettings(settings)).map(\.name)
    }

    // MARK: The rows

    @Test func `names are unique, and settings begin with their processor's name`() {
        let names = ProcessorTable.rows.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(names.contains(ProcessorTable.standard))
        for row in ProcessorTable.rows {
            #expect(row.settings.allSatisfy { $0.name.hasPrefix("\(row.name).") })
            #expect(Set(row.settings).count == row.settings.count)
        }
    }

    @Test func `a setting that lets money be moved is a secret`() {
        let secrets = ProcessorTable.rows.flatMap(\.settings).filter(\.isSecret).map(\.name)
        #expect(secrets == ["stripe.secret_key", "stripe.webhook_secret"])
    }

    @Test func `each is made as its row says`() async throws {
        let folder = try TemporaryFolder()
        let settings = ProcessorSettings(["stripe.secret_key": Self.testKey])
        for setup in try ProcessorTable.setUp(by: settings) {
            let processor = try setup.make(in: place(folder.file("book.db")))
            #expect(processor.name == setup.name && processor.mode == setup.mode)
            try await processor.close()
        }
    }

    // MARK: Which are set up

    @Test func `without settings only the Sandbox is set up`() throws {
        #expect(try names([:]) == ["sandbox"])
        #expect(try names(["sandbox.file": "x"]) == ["sandbox"])
    }

    @Test func `a test key adds a processor, a live key removes the Sandbox`() throws {
        #expect(try names(["stripe.secret_key": Self.testKey]) == ["stripe", "sandbox"])
        #expect(try names(["stripe.secret_key": "rk_live_hidden"]) == ["stripe"])
        let live = try ProcessorTable.setUp(
            by: ProcessorSettings(["stripe.secret_key": "sk_live_hidden"]))
        #expect(live.map(\.mode) == [.live])
    }

    @Test func `a row of another vendor is set up beside the others`() throws {
        let secret = ProcessorSetting("acme.secret", isSecret: true)
        let acme = ProcessorFactory(
            name: "acme", settings: [secret],
            mode: { settings in settings[secret].map { $0 == "real" ? .live : .test } },
            make: { (_, _) throws(ProcessorSetupError) in
                throw .setting("acme.secret", reason: "is of no use")
            })
        let rows = [acme] + ProcessorTable.rows
        func setUp(_ settings: [String: String]) throws -> [ProcessorSetup] {
            try ProcessorTable.setUp(rows, by: ProcessorSettings(settings))
        }
        #expect(try setUp([:]).map(\.name) == ["sandbox"])
        #expect(try setUp(["acme.secret": "play"]).map(\.name) == ["acme", "sandbox"])
        let live = try setUp(["acme.secret": "real", "stripe.secret_key": "sk_live_hidden"])
        #expect(live.map(\.name) == ["acme", "stripe"])
        #expect(throws: ProcessorSetupError.setting("acme.secret", reason: "is of no use")) {
            try live[0].make(in: place())
        }
    }

    @Test func `listing the processors that are set up makes none of them`() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("sandbox")
        #expect(try names(["sandbox.file": file]) == ["sandbox"])
        #expect(!FileManager.default.fileExists(atPath: file))
        for setup in try ProcessorTable.setUp(by: ProcessorSettings(["sandbox.file": file])) {
            _ = try setup.make(in: place())
        }
        #expect(FileManager.default.fileExists(atPath: file))
    }

    @Test func `the sandbox's file stands beside the book unless a setting says where`() throws {
        let folder = try TemporaryFolder()
        let book = folder.file("book.db")
        for setup in try ProcessorTable.setUp(by: ProcessorSettings([:])) {
            _ = try setup.make(in: place(book))
        }
        let suffixes = ProcessorTable.rows.compactMap(\.fileSuffix)
        #expect(suffixes == [".sandbox"])
        #expect(suffixes.allSatisfy { FileManager.default.fileExists(atPath: book + $0) })
    }

    // MARK: What cannot be used

    @Test(arguments: [
        (["stripe.secret_key": "pk_test_hidden"], "stripe.secret_key"),
        (["stripe.webhook_secret": "whsec_hidden"], "stripe.webhook_secret"),
        (
            ["stripe.secret_key": testKey, "stripe.webhook_secret": ""],
            "stripe.webhook_secret"
        ),
        (
            ["stripe.secret_key": testKey, "stripe.base_url": "http://stripe.example"],
            "stripe.base_url"
        ),
    ])
    func `a setting that cannot be used is named, and its value is not`(
        settings: [String: String], name: String
    ) {
        let error = #expect(throws: ProcessorSetupError.self) {
            try ProcessorTable.setUp(by: ProcessorSettings(settings))
        }
        guard case .setting(name, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!reason.isEmpty && !"\(String(describing: error))".contains("hidden"))
    }

    @Test func `a file that cannot be made is named with the reason`() throws {
        for setup in try ProcessorTable.setUp(by: ProcessorSettings([:])) {
            let error = #expect(throws: ProcessorSetupError.self) {
                try setup.make(in: place())
            }
            guard case .file(ENOENT, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix("/nowhere/at/all.db.sandbox: "))
        }
    }

    @Test func `however settings are printed, no secret is in them`() {
        let settings = ProcessorSettings(["stripe.secret_key": Self.testKey])
        var dumped = ""
        dump(settings, to: &dumped)
        for text in ["\(settings)", String(reflecting: settings), "\([settings])", dumped] {
            #expect(!text.contains("hidden"), "\(text)")
        }
    }
}
