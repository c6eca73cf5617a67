import HTTPTypes
import Hummingbird
import Pledging
import Workflows

/// Routes for whoever monitors the service.
struct HealthRoutes {
    let web: WebContext

    func add(to router: Router<RequestState>) {
        // Alive: the process answers.
        router.get("/healthz") { _, _ in
            Response.json(["status": "alive"])
        }
        // Ready: it can take a pledge.
        router.get("/readyz") { [web] request, _ in
            // The check writes and no limit counts it, so a proxy's requests are refused.
            guard !request.isForwarded else { throw ErrorAnswer.nothingHere }
            let checks = await CheckReadiness.run(in: web.context)
            let isReady = checks.allSatisfy(\.isSound)
            return Response.json(
                [
                    "status": isReady ? "ready" : "not ready",
                    "checks": .array(checks.map(\.json)),
                ], status: isReady ? .ok : .serviceUnavailable)
        }
    }
}

extension Response {
    static func json(_ json: JSON, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: json.text)))
    }
}
