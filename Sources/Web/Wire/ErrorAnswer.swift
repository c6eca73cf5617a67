import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Pledging
import Workflows

/// The answer to a request that failed. Every error becomes one of these: programs get it as a
/// problem document, readers as a page.
struct ErrorAnswer: Error, CustomStringConvertible {
    /// The `code` of the problem document.
    enum Code: String, Sendable {
        case invalid, conflict, unavailable, trouble, refused, unauthorized
        case notFound = "not_found"
        case notPermitted = "not_permitted"
        case notBelieved = "not_believed"
        case versionMismatch = "version_mismatch"
        case methodNotAllowed = "method_not_allowed"
        case scopeMissing = "scope_missing"
        case unsupportedMediaType = "unsupported_media_type"
        case tooLarge = "too_large"
        case tooSlow = "too_slow"
        case tooManyRequests = "too_many_requests"
        case brokenOff = "broken_off"
    }

    /// What a reader is told. It is less than a program is told, because anybody who holds the link
    /// can open the page.
    enum Phrase: Sendable { case unknownLink, addressChanged, tooMany, broken }

    let status: HTTPResponse.Status
    let code: Code
    /// What to do, for the author of the program.
    let detail: String
    /// The member, parameter or header of the request that is wrong.
    var field: String?
    var headers: HTTPFields = [:]
    var phrase = Phrase.broken

    var description: String { "\(status.code) \(code.rawValue): \(detail)" }
}

extension ErrorAnswer {
    /// Makes the answer to any error, with nothing that the caller may not know. `operation`, if
    /// any, is the one that was called; `field` then names where its request has what the verb
    /// refused.
    init(_ error: any Error, to operation: Operation? = nil) {
        switch error {
        case let ready as ErrorAnswer: self = ready
        case let problem as Problem: self.init(problem, operation)
        case let mismatch as VersionMismatch:
            self.init(
                status: .preconditionFailed, code: .versionMismatch,
                detail: "\(mismatch.id) has changed; it now has version \(mismatch.version): "
                    + "read it again")
        case is NIOTooManyBytesError:
            self.init(
                status: .contentTooLarge, code: .tooLarge, detail: "the body is too large",
                headers: [.connection: "close"])
        case is HTTPParserError: self = .brokenOff
        case let error as HTTPError where error.status == .notFound: self = .nothingHere
        case let error as HTTPError:
            self.init(
                status: error.status, code: .refused,
                detail: error.body ?? "the request is refused")
        default: self.init(failure: error)
        }
    }

    private init(_ problem: Problem, _ operation: Operation?) {
        let place = problem.field.flatMap { operation?.place(of: $0) }
        let (status, code, phrase): (HTTPResponse.Status, Code, Phrase)
        switch problem.kind {
        case .invalid: (status, code, phrase) = (.unprocessableContent, .invalid, .broken)
        case .notFound: (status, code, phrase) = (.notFound, .notFound, .unknownLink)
        case .conflict: (status, code, phrase) = (.conflict, .conflict, .addressChanged)
        case .notPermitted: (status, code, phrase) = (.forbidden, .notPermitted, .broken)
        case .unavailable: (status, code, phrase) = (.serviceUnavailable, .unavailable, .broken)
        case .cannotCreate, .inputMissing, .inputOutput:
            // Its text names a file of this machine.
            self = .lasting
            return
        }
        self.init(
            status: status, code: code,
            // A field that the request does not have is named only in the text.
            detail: place == nil ? problem.description : problem.message, field: place,
            phrase: phrase)
    }

    private init(failure error: any Error) {
        switch FailureClass(error) {
        case .changed:
            self.init(
                status: .conflict, code: .conflict,
                detail: "somebody else changed it meanwhile; try again")
        case .passing:
            self.init(
                status: .serviceUnavailable, code: .unavailable,
                detail: "the book cannot be written at this moment; try again",
                headers: [.retryAfter: "1"])
        case .lasting: self = .lasting
        }
    }
}

// Errors of the service itself.
extension ErrorAnswer {
    static let nothingHere = ErrorAnswer(
        status: .notFound, code: .notFound, detail: "there is nothing here", phrase: .unknownLink)

    /// The operator must act; the log says what went wrong.
    static let lasting = ErrorAnswer(
        status: .internalServerError, code: .trouble,
        detail: "internal error; the operator finds it in the log by the request's id")

    static let brokenOff = ErrorAnswer(
        status: .badRequest, code: .brokenOff,
        detail: "the body was cut off, or is not valid HTTP",
        headers: [.connection: "close"])

    static func tooMany(retryAfterSeconds seconds: Int) -> ErrorAnswer {
        ErrorAnswer(
            status: .tooManyRequests, code: .tooManyRequests,
            detail: "too many requests; wait, then try again",
            headers: [.retryAfter: String(seconds)], phrase: .tooMany)
    }

    /// The request cannot be parsed; `field` names the wrong part.
    static func unreadable(_ field: String, _ detail: String) -> ErrorAnswer {
        ErrorAnswer(status: .badRequest, code: .invalid, detail: detail, field: field)
    }

    /// The request can be parsed but breaks a rule of its form.
    static func invalid(_ field: String, _ detail: String) -> ErrorAnswer {
        ErrorAnswer(status: .unprocessableContent, code: .invalid, detail: detail, field: field)
    }
}
