import Foundation

/// A real receiver on loopback, in a process of its own, which ends with the last reference.
package final class WebhookReceiver: Sendable {
    package let port: Int
    private let process: ChildProcess
    private let log: String
    private let folder: TemporaryFolder

    /// With TLS, it has a certificate of its own, which nobody trusts.
    package init(tls: Bool = false) throws {
        folder = try TemporaryFolder()
        let certificate = folder.file("certificate.pem")
        if tls { try WebhookReceiver.makeCertificate(certificate) }
        log = folder.file("requests")
        let script = try Bundle.module.url(forResource: "webhook_receiver", withExtension: "py")
            .orThrow()
        process = try ChildProcess(
            [pythonPath, script.path, log] + (tls ? [certificate] : []),
            outputPath: folder.file("output"))
        port = try process.firstLine().flatMap { Int($0) }.orThrow()
    }

    deinit { process.kill() }

    private static func makeCertificate(_ path: String) throws {
        try ChildProcess([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=hooks.example.org", "-keyout", path, "-out",
            path + ".crt",
        ]).wait()
        let both =
            try String(contentsOfFile: path, encoding: .utf8)
            + String(contentsOfFile: path + ".crt", encoding: .utf8)
        try both.write(toFile: path, atomically: true, encoding: .utf8)
    }

    package func url(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    /// The requests that came so far.
    package func requests() throws -> [ReceivedWebhook] {
        guard FileManager.default.fileExists(atPath: log) else { return [] }
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
        return try lines.map {
            try JSONDecoder().decode(ReceivedWebhook.self, from: Data($0.utf8))
        }
    }
}

package struct ReceivedWebhook: Decodable, Sendable {
    package let path: String
    package let headers: [String: String]?
    package let body: String?
    /// Whether the public library accepts it; nil if the receiver was not given the secret.
    package let verified: Bool?
    /// How many bytes of a large response were taken.
    package let bytes: Int?
}

extension Optional {
    fileprivate func orThrow() throws -> Wrapped {
        guard let self else { throw NotThere() }
        return self
    }
}
