import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import Pledging
import Workflows

/// What the service answers to a request that failed. Every error becomes one of these: programs
/// read it as a problem document, readers as a page.
struct ErrorAnswer: Error, CustomStringConvertible {
    /// A word for programs.
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

    /// What a reader is told: less than a program, for a page belongs to whoever holds its link.
    enum Phrase: Sendable { case unknownLink, addressChanged, tooMany, broken }

    let status: HTTPResponse.Status
    let code: Code
    /// What to do, for whoever writes the program.
    let detail: String
    /// Which member, parameter or header of the request is wrong.
    var field: String?
    var headers: HTTPFields = [:]
    var phrase = Phrase.broken

    var description: String { "\(status.code) \(code.rawValue): \(detail)" }
}

extension ErrorAnswer {
    /// What is answered to any error, never more than the caller may know. `operation` is what was
    /// asked for, if anything: its request has a place for what a verb names.
    init(_ error: any Error, to operation: Operation? = nil) {
        switch error {
        case let ready as ErrorAnswer: self = ready
        case let problem as Problem: self.init(problem, operation)
        case let mismatch as VersionMismatch:
            self.init(
                status: .preconditionFailed, code: .versionMismatch,
                detail: "\(mismatch.id) is at version \(mismatch.version) by now; read it again")
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
        let (status, code, phrase): (HTTPResponse.Status, Code, Phrase) =
            switch problem.kind {
            case .invalid: (.unprocessableContent, .invalid, .broken)
            case .notFound: (.notFound, .notFound, .unknownLink)
            case .conflict: (.conflict, .conflict, .addressChanged)
            case .notPermitted: (.forbidden, .notPermitted, .broken)
            case .unavailable: (.serviceUnavailable, .unavailable, .broken)
            case .cannotCreate, .inputMissing, .inputOutput:
                (.internalServerError, .trouble, .broken)
            }
        self.init(
            status: status, code: code,
            // What the request does not hold is named in the text alone.
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
        case .lasting:
            self.init(
                status: .internalServerError, code: .trouble,
                detail: "something is wrong here; the log tells the operator by the request's id")
        }
    }
}

// What the service itself refuses.
extension ErrorAnswer {
    static let nothingHere = ErrorAnswer(
        status: .notFound, code: .notFound, detail: "there is nothing here", phrase: .unknownLink)

    static let brokenOff = ErrorAnswer(
        status: .badRequest, code: .brokenOff,
        detail: "the body broke off, or is not of the form that HTTP has",
        headers: [.connection: "close"])

    static func tooMany(retryAfterSeconds seconds: Int) -> ErrorAnswer {
        ErrorAnswer(
            status: .tooManyRequests, code: .tooManyRequests,
            detail: "too many requests; wait, then try again",
            headers: [.retryAfter: String(seconds)], phrase: .tooMany)
    }

    /// What cannot be read as what it should be; `field` is where it stands.
    static func unreadable(_ field: String, _ detail: String) -> ErrorAnswer {
        ErrorAnswer(status: .badRequest, code: .invalid, detail: detail, field: field)
    }

    /// What can be read and breaks a rule of its form.
    static func invalid(_ field: String, _ detail: String) -> ErrorAnswer {
        ErrorAnswer(status: .unprocessableContent, code: .invalid, detail: detail, field: field)
    }
}
