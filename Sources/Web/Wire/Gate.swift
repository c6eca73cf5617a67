import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import Pledging
import Workflows

/// Checks a request before its verb runs: the token, the rate, the scope and the form.
struct Gate: Sendable {
    let web: WebContext

    func answer(
        _ request: Request, _ state: RequestState, _ operation: Operation
    ) async throws -> Response {
        let token = try await admitted(request, state, operation.scope)
        let call = try await call(request, state, operation, token)
        do {
            return try await operation.run(call).response(operation, state)
        } catch let problem as Problem {
            throw ErrorAnswer(problem, to: operation)
        }
    }

    // MARK: Admission

    private func admitted(
        _ request: Request, _ state: RequestState, _ scope: APIScope
    ) async throws -> APIToken {
        let network = web.network(of: request, state)
        if let seconds = web.refusal(of: network) {
            throw ErrorAnswer.tooMany(retryAfterSeconds: seconds)
        }
        guard let shown = request.headers[.authorization] else {
            throw unauthorized("send a token: Authorization: Bearer mst_…", "")
        }
        let known = try await AuthenticateToken.run(
            bearer(shown) ?? "", remembering: web.tokens, in: web.context)
        guard let token = known else {
            web.countFailure(of: network)
            throw unauthorized(
                "the token is unknown, revoked or expired", ", error=\"invalid_token\"")
        }
        if let seconds = web.requests.refusal(of: token.id.text) {
            throw ErrorAnswer.tooMany(retryAfterSeconds: seconds)
        }
        guard token.scopes.contains(scope) else {
            throw ErrorAnswer(
                status: .forbidden, code: .scopeMissing,
                detail: "the token needs the scope \(scope.rawValue)")
        }
        return token
    }

    /// Returns what follows `Bearer`, in any case; nil for another scheme.
    private func bearer(_ credentials: String) -> String? {
        let scheme = "bearer "
        guard credentials.utf8.count > scheme.utf8.count,
            zip(credentials.utf8, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 })
        else { return nil }
        return String(credentials.dropFirst(scheme.utf8.count))
    }

    private func unauthorized(_ detail: String, _ more: String) -> ErrorAnswer {
        ErrorAnswer(
            status: .unauthorized, code: .unauthorized, detail: detail,
            headers: [.wwwAuthenticate: "Bearer realm=\"mainstay\"\(more)"])
    }

    // MARK: Form

    private func call(
        _ request: Request, _ state: RequestState, _ operation: Operation, _ token: APIToken
    ) async throws -> Call {
        let pathID = state.parameters.get("id") ?? ""
        if let prefix = operation.idPrefix,
            Field.Kind.id(prefix).fault(.string(pathID)) != nil
        {
            throw ErrorAnswer(
                status: .notFound, code: .notFound, detail: "nothing has that id",
                phrase: .unknownLink)
        }
        let query = try members(of: request.uri, operation.query)
        let body = try await body(of: request, operation)
        var asked = RequestConditions()
        if operation.isCreating, let key = request.headers[.idempotencyKey] {
            // Other bytes may have been decoded differently than they were sent.
            guard key.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw ErrorAnswer.unreadable("idempotency-key", "must be ASCII")
            }
            asked.key = RequestConditions.Key(
                text: key,
                request: RequestDigest(operation.name, subject: pathID, content: .object(body)))
        }
        if operation.isChanging, let tag = request.headers[.ifMatch], tag != "*" {
            asked.version = RequestConditions.Version(id: pathID, number: try version(in: tag))
        }
        return Call(
            context: web.context.acting(for: token.id), web: web, asked: asked,
            pathID: pathID, query: Members(query), body: Members(body), upload: request.body,
            scopes: token.scopes)
    }

    /// Returns the query parameters. They are texts; integers and booleans are parsed as such.
    private func members(of uri: URI, _ fields: [Field]) throws -> [JSON.Member] {
        let members = uri.queryParameters.map { name, value in
            let kind = fields.first { $0.name == name }?.kind
            return JSON.Member(name: String(name), value: parameter(String(value), kind))
        }
        try check(members, fields)
        return members
    }

    private func parameter(_ text: String, _ kind: Field.Kind?) -> JSON {
        switch kind {
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .boolean: Bool(text).map { .bool($0) } ?? .string(text)
        default: .string(text)
        }
    }

    private func body(of request: Request, _ operation: Operation) async throws -> [JSON.Member] {
        try checkCoding(request)
        if operation.takesCSV { try check(request, isOf: .textCsv, "text/csv") }
        guard let fields = operation.body else { return [] }
        let buffer = try await web.collect(
            request.body, upTo: web.limits.bodyMaximumBytes)
        if buffer.readableBytes == 0, !fields.contains(where: \.isRequired) { return [] }
        try check(request, isOf: .applicationJson, "application/json")
        let json: JSON
        do throws(JSONFault) {
            json = try JSON(reading: Array(buffer.readableBytesView))
        } catch {
            throw ErrorAnswer.unreadable("body", error.description)
        }
        guard case .object(let members) = json else {
            throw ErrorAnswer.unreadable("body", "must be an object")
        }
        try check(members, fields)
        return members
    }

    private func check(_ request: Request, isOf type: MediaType, _ name: String) throws {
        guard request.headers[.contentType].flatMap({ MediaType(from: $0) })?.isType(type) == true
        else {
            throw ErrorAnswer(
                status: .unsupportedMediaType, code: .unsupportedMediaType,
                detail: "send Content-Type: \(name)")
        }
    }

    private func checkCoding(_ request: Request) throws {
        guard let coding = request.headers[.contentEncoding], coding != "identity" else { return }
        throw ErrorAnswer(
            status: .unsupportedMediaType, code: .unsupportedMediaType,
            detail: "send the body as it is, without Content-Encoding",
            headers: [.acceptEncoding: "identity"])
    }

    private func check(_ members: [JSON.Member], _ fields: [Field]) throws {
        guard let fault = Field.Kind.object(fields).fault(.object(members)) else { return }
        throw ErrorAnswer.invalid(fault.place, fault.words)
    }

    /// Parses If-Match. Many clients omit the quotation marks, and proxies that compress an answer
    /// put `W/` before its tag, so both are accepted.
    private func version(in tag: String) throws -> Int64 {
        guard let match = tag.wholeMatch(of: #/(?:W/)?"([0-9]{1,18})"|([0-9]{1,18})/#),
            let number = Int64(match.1 ?? match.2 ?? "")
        else {
            throw ErrorAnswer.unreadable(
                "if-match", "must be the ETag of an answer, like \"3\"")
        }
        return number
    }
}

extension WebContext {
    /// Returns the complete body. Throws NIOTooManyBytesError, or ErrorAnswer if the body breaks
    /// off or a chunk arrives after the deadline. When chunks stop coming, the connection is closed
    /// like any that is silent.
    func collect(_ body: RequestBody, upTo maximum: Int) async throws -> ByteBuffer {
        let deadline = uptime() + .seconds(limits.bodySeconds)
        var whole = ByteBuffer()
        do {
            for try await part in body {
                guard whole.readableBytes + part.readableBytes <= maximum else {
                    throw NIOTooManyBytesError(maxBytes: maximum)
                }
                guard uptime() < deadline else { throw tooSlow }
                if whole.readableBytes == 0 {
                    whole = part
                } else {
                    whole.writeImmutableBuffer(part)
                }
            }
        } catch let error where !(error is NIOTooManyBytesError || error is ErrorAnswer) {
            throw ErrorAnswer.brokenOff
        }
        return whole
    }

    private var tooSlow: ErrorAnswer {
        ErrorAnswer(
            status: .requestTimeout, code: .tooSlow,
            detail: "the body did not come within \(limits.bodySeconds) seconds",
            headers: [.connection: "close"])
    }
}
