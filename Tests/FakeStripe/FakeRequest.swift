import Foundation

/// A request that the fake received.
package struct FakeRequest: Sendable {
    package let method: String
    /// The path without the query string.
    package let path: String
    /// The fields of the query string, or of the form in the body.
    package let fields: [(name: String, value: String)]
    /// Header values by lower-case name.
    package let headers: [String: String]

    package var call: String { "\(method) \(path)" }
    package var key: String? { headers["idempotency-key"] }

    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    package func all(_ name: String) -> [String] {
        fields.filter { $0.name == name }.map(\.value)
    }

    package var metadata: [(String, String)] {
        fields.compactMap { field in
            guard field.name.hasPrefix("metadata["), field.name.hasSuffix("]") else { return nil }
            return (String(field.name.dropFirst("metadata[".count).dropLast()), field.value)
        }
    }

    func integer(_ name: String) -> Int64? { self[name].flatMap(Int64.init) }

    /// What an idempotency key is bound to: a repeated request must have the same fingerprint.
    var fingerprint: String {
        "\(call)?" + fields.map { "\($0.name)=\($0.value)" }.sorted().joined(separator: "&")
    }

    /// Reads `application/x-www-form-urlencoded`.
    static func fields(of form: String) -> [(name: String, value: String)] {
        form.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (plain(parts[0]), parts.count > 1 ? plain(parts[1]) : "")
        }
    }

    private static func plain(_ text: Substring) -> String {
        text.replacing("+", with: " ").removingPercentEncoding ?? String(text)
    }
}
