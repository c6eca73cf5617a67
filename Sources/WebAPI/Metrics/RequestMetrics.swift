import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Counts and times every request until the last byte of its answer is written.
struct RequestMetrics: RouterMiddleware {
    typealias Context = RequestState

    let metrics: ServiceMetrics

    @concurrent func handle(
        _ request: Request, context: RequestState,
        next: @concurrent (Request, RequestState) async throws -> Response
    ) async throws -> Response {
        let start = metrics.requestBegins()
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            end(request, context, .internalServerError, start)
            throw error
        }
        let (status, body) = (response.status, response.body)
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer { end(request, context, status, start) }
            try await body.write(writer)
        }
        return response
    }

    private func end(
        _ request: Request, _ context: RequestState, _ status: HTTPResponse.Status,
        _ start: Duration
    ) {
        // As it stands in the reference; what is no route is all one.
        let path = context.endpointPath ?? "-"
        metrics.requestEnded(
            path == "NotFound" ? "-" : path, request.method, status, since: start)
    }
}
