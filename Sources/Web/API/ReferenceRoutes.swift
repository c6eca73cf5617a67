import HTTPTypes
import Hummingbird
import NIOCore

/// Serves the reference, for programs and for people.
struct ReferenceRoutes {
    func add(to router: Router<RequestState>) {
        router.get("/openapi.json") { _, _ in Self.document }
        router.get("/docs") { _, _ in ReferencePage.response }
        router.get("/docs.css") { _, _ in Response.stylesheet(ReferencePage.style) }
    }

    private static let document: Response = {
        var response = Response.json(OpenAPI.document)
        response.headers[.cacheControl] = "public, max-age=300"
        return response
    }()
}

extension Response {
    static func stylesheet(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/css; charset=utf-8", .cacheControl: "public, max-age=86400",
            ], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
