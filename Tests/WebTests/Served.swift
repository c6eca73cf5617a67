import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Payments
import Pledging
import TestSupport
import Testing
import Webhooks
import Workflows

@testable import Web

/// A book behind the service, which is asked without a network.
struct Served: Sendable {
    let test: TestBook
    let web: WebContext
    private let token: String

    /// `runsWritesTwice`: each write of the service runs once in vain first. `processor` stands in
    /// for the Sandbox.
    init(
        scopes: [APIScope] = APIScope.allCases, runsWritesTwice: Bool = false,
        processor: (any PaymentProcessor)? = nil,
        _ change: (inout WebContext.Limits) -> Void = { _ in }
    ) async throws {
        let test = try await TestBook()
        self.test = test
        let sandbox = try SandboxProcessor(file: test.path + ".sandbox", clock: { test.now })
        var limits = WebContext.Limits()
        change(&limits)
        let uptime: @Sendable () -> Duration = { .milliseconds(test.now.milliseconds) }
        web = WebContext(
            try test.context(
                actor: .job("serve"),
                through: runsWritesTwice ? TwiceDriver(test.database) : nil),
            through: Processors([processor ?? sandbox]),
            sending: { _ in .answered(status: 204, retryAfter: nil) },
            metrics: ServiceMetrics(uptime: uptime) { 4_096 }, limits: limits, uptime: uptime)
        token = try await Served.token(scopes, test)
    }

    static func token(_ scopes: [APIScope], _ test: TestBook) async throws -> String {
        try await CreateToken.run(
            name: "tests", scopes: scopes.map(\.rawValue), in: test.context()
        ).secret
    }

    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String

        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

        var json: JSON { get throws { try JSON(reading: Array(text.utf8)) } }

        func member(_ path: String) throws -> String? {
            var value: JSON? = try json
            for name in path.split(separator: ".") { value = value?[String(name)] }
            switch value {
            case .string(let text): return text
            case .integer(let number): return String(number)
            case nil, .null: return nil
            default: return value?.text
            }
        }
    }

    /// Sends one request. A body is JSON unless a header says otherwise; without a token if `token`
    /// is nil.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        token: String?? = .none, headers: [String: String] = [:],
        opening: WebContext.Opening = .everything
    ) async throws -> Answer {
        let answers = try await ask(
            [(method, path, body)], token: token, headers: headers, opening: opening)
        return try #require(answers.first)
    }

    /// Sends several requests of one client, one after the other.
    func ask(
        _ requests: [(HTTPRequest.Method, String, String?)], token: String?? = .none,
        headers: [String: String] = [:], opening: WebContext.Opening = .everything
    ) async throws -> [Answer] {
        let application = Application(responder: web.responder(opening))
        let shown = token ?? self.token
        return try await application.test(.router) { client in
            var answers: [Answer] = []
            for (method, path, body) in requests {
                var fields: HTTPFields = [:]
                if let shown { fields[.authorization] = "Bearer \(shown)" }
                if body != nil { fields[.contentType] = "application/json" }
                for (name, value) in headers {
                    fields[try #require(HTTPField.Name(name))] = value
                }
                let answer = try await client.execute(
                    uri: path, method: method, headers: fields,
                    body: body.map { ByteBuffer(string: $0) }
                ) {
                    Answer(
                        status: $0.status.code, headers: $0.headers, text: String(buffer: $0.body))
                }
                answers.append(answer)
            }
            return answers
        }
    }

    /// A registration, as a newsroom's page sends it.
    static func pledge(email: String = "reader@example.org", more: String = "") -> String {
        """
        {"supporter":{"email":"\(email)"},"amount":{"amount":"5.00","currency":"USD"},\
        "interval":"month","payment_method":{"token":"tok_1","brand":"visa","last4":"4242"}\(more)}
        """
    }
}

extension String {
    /// For golden texts: ids are reduced to their prefixes, and the request's id is left out.
    var withoutIDs: String {
        replacing(#/\b([a-z]{3})_[0-9a-hjkmnp-tv-z]{26}\b/#) { "<\($0.1)>" }
            .replacing(#/"request_id":"[0-9a-f]+"/#) { _ in "\"request_id\":\"…\"" }
    }
}
