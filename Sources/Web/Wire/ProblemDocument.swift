import HTTPTypes
import Hummingbird
import NIOCore
import Pledging

extension ErrorAnswer {
    /// Returns a problem document (RFC 9457), for programs.
    func document(requestID: String) -> Response {
        let body = JSON.members([
            "type": "about:blank", "title": .string(status.reasonPhrase),
            "status": .integer(Int64(status.code)), "code": .string(code.rawValue),
            "detail": .string(detail), "field": field.map { .string($0) },
            "request_id": .string(requestID),
        ])
        var headers = headers
        headers[.contentType] = "application/problem+json"
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: body.text)))
    }

    /// The members of the document, for the reference.
    static let documentFields: [Field] = [
        Field("type", .text(), isRequired: true), Field("title", .text(), isRequired: true),
        Field("status", .integer(100...599), isRequired: true),
        Field("code", .text(), isRequired: true, "A word for programs."),
        Field("detail", .text(maximum: 2_000), isRequired: true, "What to do, for people."),
        Field("field", .text(), "The member, parameter or header that is wrong."),
        Field("request_id", .text(), isRequired: true, "Also in the service's log."),
    ]
}
