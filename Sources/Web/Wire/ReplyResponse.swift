import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Pledging
import Workflows

extension Reply {
    func response(_ operation: Operation, _ state: RequestState) -> Response {
        var headers: HTTPFields = [:]
        switch self {
        case .one(let answer):
            let shown = answer.shown
            if let version = shown.version { headers[.eTag] = "\"\(version)\"" }
            if operation.isCreating, operation.idPrefix == nil {
                headers[.location] = "\(operation.path)/\(shown.id)"
            }
            if answer.isRepeat { headers[.idempotentReplayed] = "true" }
            return json(shown.json, operation, headers)
        case .page(let rows, let next):
            let page = JSON.object([
                .init(name: "data", value: .array(rows)),
                .init(name: "next", value: next.map { .string($0) } ?? .null),
            ])
            return json(page.text, operation, headers)
        case .plain(let value): return json(value.text, operation, headers)
        case .stream(let format, let name, let stream):
            headers[.contentType] = format.mediaType
            headers[.contentDisposition] = "attachment; filename=\"\(name).\(format.rawValue)\""
            return Response(
                status: operation.status, headers: headers, body: body(of: stream, state.logger))
        }
    }

    private func json(
        _ text: String, _ operation: Operation, _ headers: HTTPFields
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(
            status: operation.status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// Sends a report. Its status is already sent when it fails, so the response then breaks off
    /// without its end, which every client notices.
    private func body(of stream: @escaping Stream, _ logger: Logger) -> ResponseBody {
        ResponseBody { writer in
            // Only one task writes the report, piece by piece.
            nonisolated(unsafe) var pen = writer
            do {
                try await stream { try await pen.write(ByteBuffer(bytes: $0)) }
            } catch {
                logger.error("report broken off", metadata: ["error": "\(error)"])
                throw error
            }
            try await pen.finish(nil)
        }
    }
}

extension ReportFormat {
    var mediaType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8"
        case .json: "application/json"
        case .jsonl: "application/jsonl"
        }
    }
}
