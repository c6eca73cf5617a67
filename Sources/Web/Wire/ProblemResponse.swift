import HTTPTypes
import Hummingbird
import NIOCore
import Pledging
import Workflows

/// An error as RFC 9457 has it.
struct ProblemResponse: Error {
    let status: HTTPResponse.Status
    /// A word for programs, beside the text for people.
    let code: String
    let detail: String
    var field: String?
    var headers: HTTPFields = [:]

    func response(requestID: String) -> Response {
        let body = JSON.members([
            "type": "about:blank", "title": .string(status.reasonPhrase),
            "status": .integer(Int64(status.code)), "code": .string(code),
            "detail": .string(detail), "field": field.map { .string($0) },
            "request_id": .string(requestID),
        ])
        var headers = headers
        headers[.contentType] = "application/problem+json"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: body.text)))
    }

    static let fields: [Field] = [
        Field("type", .text(), isRequired: true), Field("title", .text(), isRequired: true),
        Field("status", .integer(100...599), isRequired: true),
        Field("code", .text(), isRequired: true, "A word for programs."),
        Field("detail", .text(maximum: 2_000), isRequired: true, "What to do, for people."),
        Field("field", .text(), "Which member, parameter or header is wrong."),
        Field("request_id", .text(), isRequired: true, "Stands in the service's log too."),
    ]
}

extension ProblemResponse {
    /// What a verb or the wire threw, as an answer; never more than the caller may know. `operation`
    /// is what was asked for: its request has a place for what a verb names.
    init(_ error: any Error, to operation: Operation? = nil) {
        switch error {
        case let ready as ProblemResponse: self = ready
        case let problem as Problem: self.init(problem, operation)
        case let mismatch as VersionMismatch:
            self.init(
                status: .preconditionFailed, code: "version_mismatch",
                detail: "\(mismatch.id) is at version \(mismatch.version) by now; read it again")
        case is NIOTooManyBytesError:
            self.init(
                status: .contentTooLarge, code: "too_large", detail: "the body is too large",
                headers: [.connection: "close"])
        case let error as HTTPError where error.status == .notFound:
            self = ProblemResponse.nothingHere
        case let error as HTTPError:
            self.init(
                status: error.status, code: "refused",
                detail: error.body ?? "the request is refused")
        default: self = ProblemResponse.failure(error)
        }
    }

    private init(_ problem: Problem, _ operation: Operation?) {
        let place = problem.field.flatMap { operation?.place(of: $0) }
        let (status, code): (HTTPResponse.Status, String) =
            switch problem.kind {
            case .invalid: (.unprocessableContent, "invalid")
            case .notFound: (.notFound, "not_found")
            case .conflict: (.conflict, "conflict")
            case .notPermitted: (.forbidden, "not_permitted")
            case .unavailable: (.serviceUnavailable, "unavailable")
            case .cannotCreate, .inputMissing, .inputOutput: (.internalServerError, "trouble")
            }
        // What the request does not hold is named in the text alone.
        let detail = place == nil ? problem.description : problem.message
        self.init(status: status, code: code, detail: detail, field: place)
    }

    private static func failure(_ error: any Error) -> ProblemResponse {
        switch FailureClass(error) {
        case .changed:
            ProblemResponse(
                status: .conflict, code: "conflict",
                detail: "somebody else changed it meanwhile; try again")
        case .passing:
            ProblemResponse(
                status: .serviceUnavailable, code: "unavailable",
                detail: "the book cannot be written at this moment; try again",
                headers: [.retryAfter: "1"])
        case .lasting:
            ProblemResponse(
                status: .internalServerError, code: "trouble",
                detail: "something is wrong here; the log tells the operator by the request's id")
        }
    }

    static let nothingHere = ProblemResponse(
        status: .notFound, code: "not_found", detail: "there is nothing here")

    static let brokenOff = ProblemResponse(
        status: .badRequest, code: "broken_off",
        detail: "the body broke off, or is not of the form that HTTP has",
        headers: [.connection: "close"])

    static func tooMany(retryAfterSeconds seconds: Int) -> ProblemResponse {
        ProblemResponse(
            status: .tooManyRequests, code: "too_many_requests",
            detail: "too many requests; wait, then try again",
            headers: [.retryAfter: String(seconds)])
    }
}
