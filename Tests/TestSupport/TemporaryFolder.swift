import Foundation

/// A temporary folder, which is removed with this value.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let pattern = NSTemporaryDirectory() + "mainstay-test-XXXXXX"
        var template = Array(pattern.utf8CString)
        guard mkdtemp(&template) != nil else {
            throw CocoaError(.fileWriteUnknown)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    package func file(_ name: String) -> String { path + "/" + name }
}
