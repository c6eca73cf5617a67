import HTTPTypes
import Hummingbird
import Logging
import Workflows

/// Turns whatever goes wrong into an answer that says what to do, and gives every answer its
/// request's id.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = RequestState

    let table: [Operation]

    @concurrent func handle(
        _ request: Request, context: RequestState,
        next: @concurrent (Request, RequestState) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = allowing(request, ProblemResponse(error), context)
            if problem.status.kind == .serverError {
                context.logger.error(
                    "request failed",
                    metadata: ["route": "\(context.endpointPath ?? "-")", "error": "\(error)"])
            }
            response = problem.response(requestID: context.id)
        }
        response.headers[.requestID] = context.id
        if response.headers[.connection] == "close" { context.closeSoon() }
        response.headers[.xContentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }

    /// A path that is there for other methods says for which.
    private func allowing(
        _ request: Request, _ problem: ProblemResponse, _ context: RequestState
    ) -> ProblemResponse {
        guard problem.status == .notFound, context.endpointPath == "NotFound" else {
            return problem
        }
        let segments = request.uri.path.split(separator: "/")
        let methods = table.filter { operation in
            let template = operation.path.split(separator: "/")
            return template.count == segments.count
                && zip(template, segments).allSatisfy { $0 == "{id}" || $0 == $1 }
        }.map(\.method.rawValue)
        guard !methods.isEmpty else { return problem }
        let heads = methods.contains("GET") ? ["HEAD"] : []
        let allowed = Set(methods + heads).sorted().joined(separator: ", ")
        return ProblemResponse(
            status: .methodNotAllowed, code: "method_not_allowed",
            detail: "this path takes \(allowed)", headers: [.allow: allowed])
    }
}
