import Embedded
import Foundation
import Testing

@Suite struct EmbeddedAssetTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// The paths that assets.def lists, in its order.
    private static func paths() throws -> [String] {
        let list = try String(
            contentsOf: root.appendingPathComponent("Sources/Embedded/assets.def"),
            encoding: .utf8)
        return list.matches(of: #/#embed ASSET\(\w+, (.+)\)/#).map { String($0.1) }
    }

    private func bytes(at path: String) -> Data? {
        embeddedText(at: path).map { Data(String(cString: $0).utf8) }
    }

    @Test func `each asset is its file, to the byte`() throws {
        let paths = try Self.paths()
        #expect(!paths.isEmpty)
        for path in paths {
            let file = try Data(contentsOf: Self.root.appendingPathComponent(path))
            #expect(bytes(at: path) == file, "\(path)")
        }
    }

    @Test func `a constant and a path lead to the same text`() throws {
        let texts = try Self.paths().indices.map { index in
            EmbeddedAsset(rawValue: UInt32(index)).map { Data(String(cString: $0.text).utf8) }
        }
        #expect(try texts == Self.paths().map { bytes(at: $0) })
        let domains = String(cString: EmbeddedAsset.mail_domains.text)
        #expect(Data(domains.utf8) == bytes(at: "Sources/Pledging/Risk/mail_domains.csv"))
    }

    @Test(arguments: [
        "", "Schema", "schema/m001_book.sqlite.sql", "../Schema/m001_book.sqlite.sql",
    ])
    func `a path that is not listed has no text`(path: String) {
        #expect(bytes(at: path) == nil)
    }

    @Test func `a number behind the last constant has an empty text`() throws {
        let behind = EmbeddedAsset(rawValue: UInt32(try Self.paths().count))
        #expect(behind.map { String(cString: $0.text) } == "")
    }
}
