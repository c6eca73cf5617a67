import HTTPTypes
import Hummingbird
import Pledging
import Workflows

/// Receives processors' messages: verified over the exact bytes, stored once, applied later.
struct InboundRoutes {
    let web: WebContext

    func add(to router: Router<RequestState>) {
        router.post("/processor-events/:name") { [web] request, state in
            if let seconds = web.refusal(of: web.network(of: request, state)) {
                throw ErrorAnswer.tooMany(retryAfterSeconds: seconds)
            }
            let body = try await web.collect(
                request.body, upTo: web.limits.messageMaximumBytes)
            let headers = request.headers.map { (name: $0.name.rawName, value: $0.value) }
            do {
                _ = try await RecordProcessorEvent.run(
                    Array(body.readableBytesView), headers: headers,
                    named: state.parameters.get("name") ?? "", through: web.processors,
                    in: web.context)
            } catch let problem as Problem where problem.kind == .invalid {
                throw ErrorAnswer(
                    status: .badRequest, code: .notBelieved, detail: problem.message)
            }
            return Response.json(["status": "kept"])
        }
    }
}
