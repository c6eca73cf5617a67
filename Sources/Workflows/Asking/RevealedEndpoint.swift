package import Pledging

/// A webhook endpoint with its new secret, which is shown only this once.
package struct RevealedEndpoint: Shown {
    package let endpoint: WebhookEndpoint
    /// As `whsec_…`.
    package let secret: String

    package var json: JSON { endpoint.json.adding(["secret": .string(secret)]) }

    package var shown: ShownJSON {
        ShownJSON(
            id: endpoint.id.text, json: json.text, version: endpoint.version, supporterID: nil)
    }
}
