import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import NIOHTTP1
import Pledging
import Store
import Testing

@testable import Web
@testable import Workflows

/// Every error becomes one answer, which programs read as a problem document and readers as a page.
@Suite struct ErrorAnswerTests {
    /// The expected answer to an error.
    struct Expected: Sendable {
        let status: Int
        let code: String
        let phrase: ErrorAnswer.Phrase
        var headers: [String: String] = [:]
    }

    private func expected(_ kind: Problem.Kind) -> Expected {
        switch kind {
        case .invalid: Expected(status: 422, code: "invalid", phrase: .broken)
        case .notFound: Expected(status: 404, code: "not_found", phrase: .unknownLink)
        case .conflict: Expected(status: 409, code: "conflict", phrase: .addressChanged)
        case .notPermitted: Expected(status: 403, code: "not_permitted", phrase: .broken)
        case .unavailable: Expected(status: 503, code: "unavailable", phrase: .broken)
        case .cannotCreate, .inputMissing, .inputOutput:
            Expected(status: 500, code: "trouble", phrase: .broken)
        }
    }

    @Test(arguments: Problem.Kind.allCases) func `a verb's refusal keeps its kind`(
        _ kind: Problem.Kind
    ) async throws {
        let expected = expected(kind)
        // What names a file of the machine is for the log alone.
        let isForLog = expected.status == 500
        try await expect(
            expected, of: Problem(kind, isForLog ? "/var/secret.reader" : "this is why"),
            detail: isForLog ? nil : "this is why")
    }

    /// Errors that no verb threw.
    static let others: [(errors: [any Error], expected: Expected)] = [
        (
            [VersionMismatch(id: "plg_1", version: 3)],
            Expected(status: 412, code: "version_mismatch", phrase: .broken)
        ),
        (
            [StaleVersion(id: "plg_1")],
            Expected(status: 409, code: "conflict", phrase: .broken)
        ),
        (
            [DriverError.busy, DriverError.diskFull, DriverError.inputOutput("x")],
            Expected(
                status: 503, code: "unavailable", phrase: .broken, headers: ["Retry-After": "1"])
        ),
        (
            [DriverError.readOnly, DriverError.notADatabase("x"), Unheard()],
            Expected(status: 500, code: "trouble", phrase: .broken)
        ),
        (
            [
                HTTPParserError.invalidMethod, HTTPParserError.headerOverflow,
                HTTPParserError.invalidChunkSize, HTTPParserError.unknown,
            ],
            Expected(
                status: 400, code: "broken_off", phrase: .broken, headers: ["Connection": "close"])
        ),
        (
            [NIOTooManyBytesError(maxBytes: 1)],
            Expected(
                status: 413, code: "too_large", phrase: .broken, headers: ["Connection": "close"])
        ),
        (
            [ErrorAnswer.tooMany(retryAfterSeconds: 7)],
            Expected(
                status: 429, code: "too_many_requests", phrase: .tooMany,
                headers: ["Retry-After": "7"])
        ),
        (
            [HTTPError(.notFound), ErrorAnswer.nothingHere],
            Expected(status: 404, code: "not_found", phrase: .unknownLink)
        ),
        (
            [HTTPError(.badRequest, message: "no such escape")],
            Expected(status: 400, code: "refused", phrase: .broken)
        ),
    ]

    /// An unexpected error, whose text contains personal data.
    private struct Unheard: Error, CustomStringConvertible {
        let description = "secret.reader@example.org"
    }

    @Test(arguments: others.indices) func `every other error has its response`(
        _ index: Int
    ) async throws {
        let (errors, expected) = Self.others[index]
        for error in errors { try await expect(expected, of: error) }
    }

    private func expect(
        _ expected: Expected, of error: any Error, detail: String? = nil
    ) async throws {
        // 1. The `ErrorAnswer`.
        let answer = ErrorAnswer(error)
        #expect(answer.status.code == expected.status)
        #expect(answer.code.rawValue == expected.code)
        #expect(answer.phrase == expected.phrase)
        #expect(!answer.detail.contains("secret.reader"))
        // 2. Its two renderings.
        let (program, reader) = try await answers(to: error)
        for rendering in [program, reader] {
            #expect(rendering.status == expected.status)
            for (name, value) in expected.headers { #expect(rendering.header(name) == value) }
            #expect(!rendering.text.contains("secret.reader"))
            #expect(rendering.headers[.cacheControl] == "no-store")
            #expect(rendering.header("Request-Id") != nil)
        }
        #expect(program.headers[.contentType] == "application/problem+json")
        #expect(Field.Kind.object(ErrorAnswer.documentFields).fault(try program.json) == nil)
        #expect(try program.member("code") == expected.code)
        #expect(try program.member("detail") == detail ?? answer.detail)
        #expect(reader.headers[.contentType] == "text/html; charset=utf-8")
        #expect(reader.header("Content-Security-Policy") != nil)
        for phrase in words(of: expected.phrase) {
            #expect(reader.text.contains(Language.russian.text(phrase)), "\(reader.text)")
        }
        #expect(!reader.text.contains(answer.detail))
    }

    private func words(of phrase: ErrorAnswer.Phrase) -> [PageText] {
        switch phrase {
        case .unknownLink: [.unknown, .unknownWhat]
        case .addressChanged: [.unknown, .changed]
        case .tooMany: [.tooMany]
        case .broken: [.broken, .brokenWhat]
        }
    }

    /// Returns what a program and a reader get if a route throws `error`.
    private func answers(
        to error: any Error
    ) async throws -> (program: Served.Answer, reader: Served.Answer) {
        let router = Router(context: RequestState.self)
        router.add(middleware: ErrorMiddleware(table: [], readerFolders: ["manage"]))
        let paths = ["/v1/pledges", "/manage/none"]
        for path in paths {
            router.get(RouterPath(path)) { _, _ -> Response in throw error }
        }
        return try await Application(responder: router.buildResponder()).test(.router) { client in
            var answers: [Served.Answer] = []
            for path in paths {
                let headers: HTTPFields = [.acceptLanguage: "ru-RU,en"]
                answers.append(
                    try await client.execute(uri: path, method: .get, headers: headers) {
                        Served.Answer(
                            status: $0.status.code, headers: $0.headers,
                            text: String(buffer: $0.body))
                    })
            }
            return (answers[0], answers[1])
        }
    }

    // MARK: Routes

    @Test func `an unknown route is a problem document for programs and a page for readers`()
        async throws
    {
        let served = try await Served()
        let program = try await served.ask(.get, "/v1/nothing")
        #expect(program.status == 404)
        #expect(try program.member("detail") == "there is nothing here")
        // A link without its end, and a method that no page takes.
        for (method, path) in [
            (HTTPRequest.Method.get, "/manage"), (.get, "/confirm/"), (.put, "/manage/none"),
        ] {
            let reader = try await served.ask(
                method, path, token: .some(nil), headers: ["Accept-Language": "ru"])
            #expect(reader.status == 404 && reader.text.contains("Эта ссылка не работает"))
            #expect(reader.header("Referrer-Policy") == "no-referrer")
        }
        // A service that only shows its health has no pages for readers.
        let watched = try await served.ask(.get, "/manage/none", opening: .health)
        #expect(watched.headers[.contentType] == "application/problem+json")
    }

    @Test func `a body that breaks off is refused, and the connection closed`() async throws {
        let served = try await Served()
        let body = RequestBody(asyncSequence: BrokenBody())
        let answer = await #expect(throws: ErrorAnswer.self) {
            _ = try await served.web.collect(body, upTo: 1_000)
        }
        #expect(answer?.code == .brokenOff && answer?.headers[.connection] == "close")
    }

    /// Ends with the error that NIO's parser throws for a malformed body.
    private struct BrokenBody: AsyncSequence, Sendable {
        struct AsyncIterator: AsyncIteratorProtocol {
            var isFirst = true

            mutating func next() async throws -> ByteBuffer? {
                guard isFirst else { throw HTTPParserError.invalidChunkSize }
                isFirst = false
                return ByteBuffer(string: "{")
            }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
    }
}
