import Foundation
import MainstayWebhooks
import Testing

@Suite struct VectorTests {
    struct Vector: Decodable, CustomTestStringConvertible {
        let name: String
        let secrets: [String]
        let id: String
        let timestamp: Int64
        let body: String
        let signature: String
        var testDescription: String { name }
    }

    private struct File: Decodable {
        let standardWebhooks: [Vector]
        enum CodingKeys: String, CodingKey { case standardWebhooks = "standard_webhooks" }
    }

    static let vectors: [Vector] = {
        guard
            let url = Bundle.module.url(
                forResource: "webhook-vectors", withExtension: "json", subdirectory: "Fixtures"),
            let data = try? Data(contentsOf: url),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.standardWebhooks
    }()

    @Test func `there are vectors`() { #expect(VectorTests.vectors.count >= 7) }

    @Test(arguments: vectors)
    func `a signature is the published one`(vector: Vector) throws {
        let signer = WebhookSigner(secrets: try vector.secrets.map { try WebhookSecret($0) })
        let made = try signer.signature(
            of: Array(vector.body.utf8), id: vector.id, timestamp: vector.timestamp)
        #expect(made == vector.signature)
    }

    @Test(arguments: vectors)
    func `a published signature is taken, by each of its secrets`(vector: Vector) throws {
        for secret in vector.secrets {
            try WebhookVerifier(secrets: [WebhookSecret(secret)]).verify(
                Array(vector.body.utf8), id: vector.id, timestamp: String(vector.timestamp),
                signature: vector.signature, now: vector.timestamp)
        }
    }
}
