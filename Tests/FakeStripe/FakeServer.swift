import Foundation
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Serves HTTP/1.1 on a loopback port that the system chooses.
final class FakeServer: Sendable {
    private let world = Mutex(World())
    private let gate = Gate()
    private let task = Mutex<Task<Void, Never>?>(nil)

    deinit { task.withLock { $0?.cancel() } }

    /// Reads or changes the world under its lock.
    func withWorld<Value: Sendable>(_ body: (inout World) -> Value) -> Value {
        world.withLock { body(&$0) }
    }

    /// Starts listening and returns the port.
    func start() async throws -> Int {
        let (ports, port) = AsyncThrowingStream<Int, any Error>.makeStream()
        let channel = HTTP1Channel { [weak self] request, writer, _ in
            guard let self else { throw Broken() }
            let response = try await self.respond(to: request)
            try await writer.write(response: response.head, body: response.body)
        }
        let server = Server(
            childChannelSetup: channel,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let number = channel.localAddress?.port { port.yield(number) }
                port.finish()
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "stripe") { _ in SwiftLogNoOpLogHandler() })
        task.withLock {
            $0 = Task {
                do { try await server.run() } catch { port.finish(throwing: error) }
            }
        }
        for try await number in ports { return number }
        throw Broken()
    }

    func stop() async {
        gate.open()
        let running = task.withLock { task in
            defer { task = nil }
            return task
        }
        running?.cancel()
        await running?.value
    }

    func release() { gate.open() }

    private func respond(to request: Request) async throws -> Response {
        var request = request
        let body = String(buffer: try await request.collectBody(upTo: 1 << 20))
        let target = (request.head.path ?? "").split(separator: "?", maxSplits: 1)
        let form = request.method == .get ? target.dropFirst().first.map(String.init) ?? "" : body
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        let call = FakeRequest(
            method: request.method.rawValue, path: String(target.first ?? ""),
            fields: FakeRequest.fields(of: form), headers: headers)
        let (reply, isHeld) = withWorld { $0.receive(call) }
        if isHeld {
            await gate.wait()
            if let key = call.key { withWorld { _ = $0.underWay.remove(key) } }
        }
        guard let reply else { throw Broken() }
        return response(of: reply)
    }

    private func response(of reply: FakeReply) -> Response {
        var response = Response(
            status: .init(code: reply.status),
            body: .init(byteBuffer: ByteBuffer(string: reply.body)))
        for (name, value) in reply.headers {
            guard let name = HTTPFields.Element.Name(name) else { continue }
            response.headers[name] = value
        }
        return response
    }
}

/// Thrown to break the connection.
private struct Broken: Error {}

/// Holds answers back until it is opened; it stays open.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
