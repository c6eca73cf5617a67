import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Asks the URL of a dead-man's switch. It is the operator's own setting, so any address may be
/// asked.
package enum Heartbeat {
    /// Returns nil when it was answered with 2xx, else why not, without the URL, which is a secret.
    package static func ask(_ url: String) async -> String? {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: .seconds(connectSeconds), read: .seconds(totalSeconds)))
        configuration.httpVersion = .http1Only
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
        let failure = await ask(url, by: client)
        try? await client.shutdown()
        return failure
    }

    private static func ask(_ url: String, by client: HTTPClient) async -> String? {
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "user-agent", value: "Mainstay")
            let response = try await client.execute(request, timeout: .seconds(totalSeconds))
            let status = Int(response.status.code)
            return (200..<300).contains(status) ? nil : "answered with \(status)"
        } catch let error as HTTPClientError {
            return error.shortDescription
        } catch {
            return "no connection: \(type(of: error))"
        }
    }

    private static let connectSeconds: Int64 = 5
    private static let totalSeconds: Int64 = 10
}
