import HTTPTypes
import Hummingbird
import NIOCore
import Workflows

/// Serves metrics to Prometheus on the same machine.
struct MetricsRoute {
    let web: WebContext

    func add(to router: Router<RequestState>) {
        router.get("/metrics") { [web] request, state in
            // Metrics show how much a newsroom takes, which nobody else may see.
            guard state.isLocal, !request.isForwarded else { throw ErrorAnswer.nothingHere }
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(
                        string: try await web.metrics.exposition(in: web.context))))
        }
    }
}

extension RequestState {
    /// Whether the request came from this machine itself.
    fileprivate var isLocal: Bool {
        guard let peer else { return true }
        return peer == "::1" || peer.hasPrefix("127.") || peer.hasPrefix("::ffff:127.")
    }
}

extension Request {
    /// Whether a proxy sent the request for somebody else.
    var isForwarded: Bool {
        let signs: [HTTPField.Name?] = [.forwarded, .xForwardedFor, .xRealIP, .via]
        return signs.contains { headers[$0] != nil }
    }
}
