import HTTPTypes
import Hummingbird
import NIOCore
import Workflows

/// For Prometheus on the same machine.
struct MetricsRoute {
    let web: WebContext

    func add(to router: Router<RequestState>) {
        router.get("/metrics") { [web] request, state in
            // How much a newsroom takes is nobody else's business.
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
    /// Asked from this machine itself.
    fileprivate var isLocal: Bool {
        guard let peer else { return true }
        return peer == "::1" || peer.hasPrefix("127.") || peer.hasPrefix("::ffff:127.")
    }
}

extension Request {
    /// A proxy asks for somebody else.
    var isForwarded: Bool {
        let signs: [HTTPField.Name?] = [.forwarded, .xForwardedFor, .xRealIP, .via]
        return signs.contains { headers[$0] != nil }
    }
}
