import OpenSSL
import Pledging

/// `Stripe-Signature: t=…,v1=…`: HMAC-SHA256 under the text of the endpoint's secret, `whsec_`
/// included, over `<t>.<body>`, in lower-case hexadecimal (docs.stripe.com/webhooks/signature).
struct StripeSignature: Sendable {
    private let code: HMACSHA256

    init(secret: String) throws(StripeSettingsError) {
        do { code = try HMACSHA256(key: SecretBytes(Array(secret.utf8))) } catch {
            throw .noCryptography
        }
    }

    /// Throws `unsigned`, `wrongSignature`, or `tooOld` for a valid signature whose time is more
    /// than 300 s away from `now`.
    func check(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) {
        guard let header = headers.first(where: { $0.name.lowercased() == "stripe-signature" }),
            header.value.utf8.count <= StripeSignature.headerMaximumBytes
        else { throw .unsigned }
        var time: String?
        var signatures: [[UInt8]] = []
        for part in header.value.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch pair[0].trimmingSpaces {
            case "t": time = String(pair[1].trimmingSpaces)
            case "v1": signatures.append(Array(pair[1].trimmingSpaces.utf8))
            // Test events also carry `v0`; older schemes prove nothing.
            default: continue
            }
        }
        guard let time, let seconds = Int64(time), String(seconds) == time, !signatures.isEmpty
        else { throw .unsigned }
        guard let expected = try? code.authenticate([Array("\(time).".utf8), body]) else {
            throw .wrongSignature
        }
        let text = Array(hexadecimal(expected).utf8)
        guard signatures.contains(where: { constantTimeEquals($0, text) }) else {
            throw .wrongSignature
        }
        let nowSeconds = now.milliseconds / 1_000
        let (age, overflow) = nowSeconds.subtractingReportingOverflow(seconds)
        guard !overflow, age.magnitude <= StripeSignature.toleranceSeconds else { throw .tooOld }
    }

    /// As in Stripe's own libraries; those also accept any time in the future.
    private static let toleranceSeconds: UInt64 = 300
    /// A signature is 67 bytes long; there is one for each secret that is valid at the time.
    private static let headerMaximumBytes = 4_096
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
