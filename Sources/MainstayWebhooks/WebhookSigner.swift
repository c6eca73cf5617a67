import Foundation
import OpenSSL

/// Signs webhooks with one secret, or with several while one replaces another.
public struct WebhookSigner: Sendable {
    private let secrets: [WebhookSecret]

    /// `secrets` are given newest first; their signatures are in the same order.
    public init(secrets: [WebhookSecret]) { self.secrets = secrets }

    /// Signs one attempt to send a webhook.
    ///
    /// - Parameters:
    ///   - body: The exact bytes that are sent.
    ///   - id: `webhook-id`, the same each time that this webhook is sent.
    ///   - timestamp: `webhook-timestamp`, Unix seconds of this attempt.
    /// - Returns: The value of `webhook-signature`: `v1,` and base64 for each secret, separated by
    ///   spaces.
    /// - Throws: `WebhookError.cryptography` when libcrypto fails.
    public func signature(
        of body: [UInt8], id: String, timestamp: Int64
    ) throws(WebhookError) -> String {
        var signatures: [String] = []
        for secret in secrets {
            let code = try authenticate(body, id: id, timestamp: String(timestamp), by: secret)
            signatures.append("v1," + Data(code).base64EncodedString())
        }
        return signatures.joined(separator: " ")
    }
}

/// Verifies webhooks with one secret, or with any of several.
public struct WebhookVerifier: Sendable {
    private let secrets: [WebhookSecret]
    private let toleranceSeconds: Int64

    /// A verifier for one receiver.
    ///
    /// - Parameters:
    ///   - secrets: The webhook must be signed with one of them.
    ///   - toleranceSeconds: How far the timestamp may be from `now`, either way.
    public init(secrets: [WebhookSecret], toleranceSeconds: Int64 = 300) {
        self.secrets = secrets
        self.toleranceSeconds = toleranceSeconds
    }

    /// Returns if one of the signatures was made with one of the secrets over these bytes, and the
    /// timestamp is near `now`. The time it takes does not depend on where signatures differ.
    ///
    /// - Parameters:
    ///   - body: The bytes as received, before any parsing.
    ///   - id: The header `webhook-id`; nil if it is missing.
    ///   - timestamp: The header `webhook-timestamp`; nil if it is missing.
    ///   - signature: The header `webhook-signature`; nil if it is missing.
    ///   - now: Unix seconds.
    /// - Throws: `WebhookError`, which says why the webhook is rejected.
    public func verify(
        _ body: [UInt8], id: String?, timestamp: String?, signature: String?, now: Int64
    ) throws(WebhookError) {
        guard let id, !id.isEmpty else { throw .malformedHeader("webhook-id") }
        guard let timestamp, let seconds = unixSeconds(timestamp) else {
            throw .malformedHeader("webhook-timestamp")
        }
        guard let signature, !signature.isEmpty else {
            throw .malformedHeader("webhook-signature")
        }
        let (distance, overflows) = now.subtractingReportingOverflow(seconds)
        guard !overflows, distance.magnitude <= toleranceSeconds.magnitude else {
            throw .outsideTolerance
        }
        // The header may contain other schemes: v1a is Standard Webhooks' asymmetric one.
        let given = signature.split(separator: " ").filter { $0.hasPrefix("v1,") }.compactMap {
            Data(base64Encoded: String($0.dropFirst("v1,".count))).map { Array($0) }
        }
        var matches = false
        for secret in secrets {
            let code = try authenticate(body, id: id, timestamp: timestamp, by: secret)
            for candidate in given where constantTimeEquals(candidate, code) { matches = true }
        }
        guard matches else { throw .noMatchingSignature }
    }

    /// Accepts only digits; senders do not write the other forms that `Int64` accepts.
    private func unixSeconds(_ text: String) -> Int64? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }
}

private func authenticate(
    _ body: [UInt8], id: String, timestamp: String, by secret: WebhookSecret
) throws(WebhookError) -> [UInt8] {
    do {
        return try secret.hmac.authenticate([Array("\(id).\(timestamp).".utf8), body])
    } catch {
        throw .cryptography("\(error)")
    }
}
