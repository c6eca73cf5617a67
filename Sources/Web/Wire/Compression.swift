import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Marks the responses to compress: long ones, of text, but never a reader's page. There, a secret
/// stands beside text that a stranger can influence, and the compressed length would reveal it
/// (BREACH).
struct CompressionMark: RouterMiddleware {
    typealias Context = RequestState

    @concurrent func handle(
        _ request: Request, context: RequestState,
        next: @concurrent (Request, RequestState) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        let length = response.body.contentLength ?? Int.max
        // Without a connection, nothing would remove the mark.
        guard context.peer != nil, request.method != .head, length >= Self.minimumBytes,
            isText(response)
        else { return response }
        response.headers[.compressionMark] = "1"
        response.headers[.vary] = "Accept-Encoding"
        return response
    }

    private func isText(_ response: Response) -> Bool {
        let type = response.headers[.contentType]?.prefix { $0 != ";" } ?? ""
        return ["application/json", "application/jsonl", "text/csv", "text/plain"].contains(type)
            || response.headers[.cacheControl]?.hasPrefix("public") == true
    }

    /// A shorter response fits one packet anyway.
    private static let minimumBytes = 1_024
}

/// Installs the library's compressor before the server's own codec, where responses are still parts
/// of HTTP/1.1. The compressor expects one response for each request that was read and stops the
/// process otherwise. The server also responds to what is not a request, so such responses go past
/// it.
final class CompressionInstaller: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
        let compressor = HTTPResponseCompressor { head, isWanted in
            let mark = HTTPField.Name.compressionMark?.rawName ?? ""
            guard head.headers.contains(name: mark) else { return .doNotCompress }
            head.headers.remove(name: mark)
            // The head is sent before the compressed length is known.
            if isWanted { head.headers.remove(name: "Content-Length") }
            return .compressIfPossible
        }
        try? pipeline.addHandlers(
            [compressor, AnswerCount(past: compressor)], position: .before(codec))
    }
}

/// Sends as many responses through the compressor as there were requests, and others past it.
private final class AnswerCount: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let compressor: HTTPResponseCompressor
    private var unanswered = 0
    private var goesPast = false

    init(past compressor: HTTPResponseCompressor) { self.compressor = compressor }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) { unanswered += 1 }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head(let head) = unwrapOutboundIn(data) {
            goesPast = unanswered == 0 || head.status.code < 200
            if !goesPast { unanswered -= 1 }
        }
        let pipeline = context.pipeline.syncOperations
        if goesPast, let past = try? pipeline.context(handler: compressor) {
            past.write(data, promise: promise)
        } else {
            context.write(data, promise: promise)
        }
    }
}
