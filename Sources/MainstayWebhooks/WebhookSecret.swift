import Foundation
import OpenSSL

/// A shared secret: `whsec_` and the base64 of 24 to 64 bytes. The key is the decoded bytes.
///
/// Source: Standard Webhooks 1.0, "Signature scheme". A description never shows it.
public struct WebhookSecret: Sendable, CustomStringConvertible {
    /// `whsec_…`, as it is given to the receiver.
    public let text: String
    let hmac: HMACSHA256

    /// Throws `malformedSecret` unless `text` is base64, with or without the prefix, of 24 to 64
    /// bytes.
    public init(_ text: String) throws(WebhookError) {
        let encoded =
            text.hasPrefix(WebhookSecret.prefix)
            ? String(text.dropFirst(WebhookSecret.prefix.count)) : text
        guard let key = Data(base64Encoded: encoded), WebhookSecret.lengths.contains(key.count)
        else { throw .malformedSecret }
        self.text = WebhookSecret.prefix + encoded
        do {
            hmac = try HMACSHA256(key: SecretBytes(Array(key)))
        } catch {
            throw .cryptography("\(error)")
        }
    }

    /// Returns a new secret of 32 bytes. Throws if the system provides no entropy.
    package static func fresh() throws -> WebhookSecret {
        try WebhookSecret(prefix + Data(randomBytes(32)).base64EncodedString())
    }

    public var description: String { "whsec_…" }

    private static let prefix = "whsec_"
    /// Allowed lengths of a key in bytes.
    private static let lengths = 24...64
}

/// Why a webhook is rejected, or cannot be signed.
public enum WebhookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The secret is not `whsec_` and the base64 of 24 to 64 bytes.
    case malformedSecret
    /// One of the three headers is missing or malformed.
    case malformedHeader(String)
    /// It was signed too long ago or too far in the future: an old webhook sent again, or a wrong
    /// clock.
    case outsideTolerance
    /// None of the signatures over exactly these bytes was made with one of the secrets.
    case noMatchingSignature
    /// libcrypto failed.
    case cryptography(String)

    public var description: String {
        switch self {
        case .malformedSecret: "the secret is not whsec_ and the base64 of 24 to 64 bytes"
        case .malformedHeader(let name): "the header \(name) is missing or malformed"
        case .outsideTolerance: "the timestamp is too old, or too far in the future"
        case .noMatchingSignature: "no signature matches"
        case .cryptography(let reason): reason
        }
    }
}
