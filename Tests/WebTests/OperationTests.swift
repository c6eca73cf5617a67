import HTTPTypes
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

/// What holds for every operation.
@Suite struct OperationTests {
    private static let names = OperationTable.all.map(\.name)

    private func operation(_ name: String) throws -> Operation {
        try #require(OperationTable.all.first { $0.name == name })
    }

    private struct Missing: Error {}

    private static let objects = OperationTable.all.filter(\.answer.streams.isEmpty).map(\.name)

    @Test(arguments: objects) func `its answer has the form that the reference promises`(
        _ name: String
    ) async throws {
        let operation = try operation(name)
        let furnished = try await Furnished()
        try await furnished.prepare(operation)
        let answer = try await furnished.ask(operation)
        #expect(answer.status == operation.status.code, "\(answer.text)")
        #expect(answer.headers[.contentType] == "application/json")
        let json = try answer.json
        guard operation.answer.isPage else {
            let fault = Field.Kind.object(operation.answer.fields).fault(json)
            #expect(fault == nil, "\(String(describing: fault)) in \(answer.text)")
            let version = try answer.member("version").map { "\"\($0)\"" }
            #expect(answer.headers[.eTag] == version)
            return
        }
        guard case .array(let rows)? = json["data"] else { throw Missing() }
        #expect(!rows.isEmpty && json["next"] == .null)
        for row in rows {
            let fault = Field.Kind.object(operation.answer.fields).fault(row)
            #expect(fault == nil, "\(String(describing: fault)) in \(row.text)")
        }
    }

    @Test(arguments: names) func `without a token or with another scope nothing is allowed`(
        _ name: String
    ) async throws {
        let operation = try operation(name)
        let others = APIScope.allCases.filter { $0 != operation.scope }
        let served = try await Served(scopes: others)
        let path = operation.path.replacing(
            "{id}", with: "\(operation.idPrefix ?? "")_01h455vb4pex5vsknk084sn02q")
        let body = operation.body == nil ? nil : "{}"
        let none = try await served.ask(operation.method, path, body, token: .some(nil))
        #expect(none.status == 401)
        #expect(none.headers[.wwwAuthenticate] == "Bearer realm=\"mainstay\"")
        let wrong = try await served.ask(operation.method, path, body, token: "mst_x_y")
        #expect(wrong.status == 401)
        #expect(try wrong.member("code") == "unauthorized")
        let other = try await served.ask(operation.method, path, body)
        #expect(other.status == 403)
        #expect(try other.member("code") == "scope_missing")
        #expect(try other.member("detail")?.contains(operation.scope.rawValue) == true)
    }

    @Test(arguments: names) func `unknown fields are refused by name`(
        _ name: String
    ) async throws {
        let operation = try operation(name)
        let furnished = try await Furnished()
        let (served, path) = (furnished.served, furnished.path(operation))
        let query = try await furnished.ask(operation, path: path + "?surprise=1")
        #expect(query.status == 422)
        #expect(try query.member("field") == "surprise")
        guard furnished.body(operation) != nil else { return }
        if !operation.takesCSV {
            let more = try await served.ask(operation.method, path, #"{"surprise":1}"#)
            #expect(more.status == 422, "\(more.text)")
            #expect(try more.member("field") == "surprise")
        }
        let plain = try await served.ask(
            operation.method, path, "{\"a\":1}", headers: ["Content-Type": "text/plain"])
        #expect(plain.status == 415)
    }

    @Test(arguments: OperationTable.all.filter { $0.idPrefix != nil }.map(\.name))
    func `an unknown id is not found`(_ name: String) async throws {
        let operation = try operation(name)
        let furnished = try await Furnished()
        let missing = "\(operation.idPrefix ?? "")_01h455vb4pex5vsknk084sn02q"
        for id in [missing, "plg_1", "%00", "sup_\(String(repeating: "z", count: 26))"] {
            let path = operation.path.replacing("{id}", with: id)
            let answer = try await furnished.ask(operation, path: path)
            #expect(answer.status == 404, "\(id): \(answer.text)")
        }
    }

    @Test func `every operation has a name and a path of its own`() {
        #expect(Set(Self.names).count == Self.names.count)
        let routes = OperationTable.all.map { "\($0.method) \($0.path)" }
        #expect(Set(routes).count == routes.count)
        for operation in OperationTable.all {
            #expect(operation.path.contains("{id}") == (operation.idPrefix != nil))
        }
    }

    @Test func `a wrong method is answered with the allowed ones`() async throws {
        let served = try await Served()
        for method: HTTPRequest.Method in [.put, .delete, .options, .trace] {
            let answer = try await served.ask(method, "/v1/pledges")
            #expect(answer.status == 405 && answer.headers[.allow] == "GET, HEAD, POST")
        }
        #expect(try await served.ask(.get, "/v1/nothing").status == 404)
        #expect(try await served.ask(.get, "/").status == 404)
    }
}
