import HTTPTypes
import Hummingbird
import HummingbirdCore

/// Counts and times every request until its answer is made; a streamed answer until its last byte
/// is written or the client has gone.
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
            _ = RequestSpan(metrics, request, context, .internalServerError, start)
            throw error
        }
        let span = RequestSpan(metrics, request, context, response.status, start)
        let body = response.body
        // A complete body is sent in one write; wrapped, it would be sent in three.
        guard body.contentLength == nil else { return response }
        response.body = ResponseBody { [span] writer in
            try await body.write(writer)
            _ = span
        }
        return response
    }
}

/// Ends the measurement when the answer is freed, written or not. A body that nobody takes is never
/// written, and its request would count as in flight for ever.
private final class RequestSpan: Sendable {
    private let metrics: ServiceMetrics
    private let route: String
    private let method: HTTPRequest.Method
    private let status: HTTPResponse.Status
    private let start: Duration

    init(
        _ metrics: ServiceMetrics, _ request: Request, _ context: RequestState,
        _ status: HTTPResponse.Status, _ start: Duration
    ) {
        self.metrics = metrics
        // The path as in the reference; all unknown paths count as one.
        let path = context.endpointPath ?? "-"
        route = path == "NotFound" ? "-" : path
        method = request.method
        self.status = status
        self.start = start
    }

    deinit { metrics.requestEnded(route, method, status, since: start) }
}
