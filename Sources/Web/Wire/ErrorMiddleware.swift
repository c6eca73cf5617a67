import HTTPTypes
import Hummingbird
import Logging
import Pledging

/// Turns every error into an answer that says what to do, and gives every response its request's
/// id.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = RequestState

    let table: [Operation]
    /// The first segments of the paths of readers' pages.
    let readerFolders: Set<String>

    @concurrent func handle(
        _ request: Request, context: RequestState,
        next: @concurrent (Request, RequestState) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let answer = allowing(request, ErrorAnswer(error), context)
            context.log(answer, to: error)
            response =
                isForReaders(request)
                ? answer.page(in: Language(tag: request.headers[.acceptLanguage]))
                : answer.document(requestID: context.id)
        }
        response.headers[.requestID] = context.id
        if response.headers[.connection] == "close" { context.closeSoon() }
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    private func isForReaders(_ request: Request) -> Bool {
        let first = request.uri.path.split(separator: "/", maxSplits: 1).first
        return first.map { readerFolders.contains(String($0)) } ?? false
    }

    /// If the path exists for other methods, returns 405 with those methods; else the same answer.
    private func allowing(
        _ request: Request, _ answer: ErrorAnswer, _ context: RequestState
    ) -> ErrorAnswer {
        guard answer.status == .notFound, context.endpointPath == "NotFound" else {
            return answer
        }
        let segments = request.uri.path.split(separator: "/")
        let methods = table.filter { operation in
            let template = operation.path.split(separator: "/")
            return template.count == segments.count
                && zip(template, segments).allSatisfy { $0 == "{id}" || $0 == $1 }
        }.map(\.method.rawValue)
        guard !methods.isEmpty else { return answer }
        let heads = methods.contains("GET") ? ["HEAD"] : []
        let allowed = Set(methods + heads).sorted().joined(separator: ", ")
        return ErrorAnswer(
            status: .methodNotAllowed, code: .methodNotAllowed,
            detail: "this path allows only \(allowed)", headers: [.allow: allowed])
    }
}

extension RequestState {
    /// Logs an error that the caller did not cause.
    func log(_ answer: ErrorAnswer, to error: any Error) {
        guard answer.status.kind == .serverError else { return }
        logger.error(
            "request failed",
            metadata: ["route": "\(endpointPath ?? "-")", "error": "\(error)"])
    }
}
