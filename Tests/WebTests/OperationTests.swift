import HTTPTypes
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

/// What holds for every operation alike.
@Suite struct OperationTests {
    private static let names = OperationTable.all.map(\.name)

    private func operation(_ name: String) throws -> Operation {
        try #require(OperationTable.all.first { $0.name == name })
    }

    /// A request of each that succeeds, in a book with one of everything.
    private func request(_ name: String, _ ids: [String: String]) throws -> (String, String?) {
        let operation = try operation(name)
        let path = operation.path.replacing("{id}", with: ids[operation.idPrefix ?? ""] ?? "")
        let bodies = [
            "registerPledge": Served.pledge(email: "new@example.org"),
            "changePledge": #"{"amount":"4.00"}"#, "pausePledge": #"{"until":"2027-01-01"}"#,
            "cancelPledge": #"{"reason":"other","note":"moved away"}"#,
            "addSupporter": #"{"email":"new@example.org"}"#,
            "updateSupporter": #"{"name":"Anna","country":"DE"}"#,
            "scheduleReminder": #"{"supporter":{"email":"new@example.org"},"in":"week"}"#,
            "refundCharge": #"{"amount":"1.00"}"#,
            "attachPaymentMethod":
                #"{"supporter_id":"\#(ids["sup"] ?? "")","payment_method":{"token":"tok_2"}}"#,
            "replacePaymentMethod": #"{"payment_method":{"token":"tok_2"}}"#,
            "removePaymentMethod": #"{"cancel_pledges":true}"#,
            "setRiskPolicy": #"{"country":"DE","policy":"warn"}"#,
            "addWebhookEndpoint": #"{"url":"https://example.org/more","events":["charge.*"]}"#,
            "changeWebhookEndpoint": #"{"state":"disabled"}"#,
            "replayWebhookEndpoint": #"{"since":"2026-11-22T00:00:00Z"}"#,
            "importBook": "email,name\nimported@example.org,Ida\n",
        ]
        return (path, bodies[name] ?? (operation.body == nil ? nil : "{}"))
    }

    private func headers(_ operation: Operation) -> [String: String] {
        operation.takesCSV ? ["Content-Type": "text/csv"] : [:]
    }

    private func furnished() async throws -> (Served, [String: String]) {
        let served = try await Served()
        let endpoint = try await served.ask(
            .post, "/v1/webhook-endpoints", #"{"url":"https://example.org/hooks"}"#)
        let test = served.test
        let context = try test.context()
        let registered = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let pledge = try #require(try registered.member("id"))
        _ = try await RunBilling.run(through: served.web.processors, in: context)
        // Every job and every list has something to show.
        let pace = RunJobs.Pace(jitter: { _ in 0 }, pause: { _ in false })
        _ = await RunJobs.turn(.mail, { _, _ in ["sent": .integer(1)] }, at: pace, in: context)
        _ = try await SetRiskPolicy.run("FR", .allow, in: context)
        let charges = try await served.ask(.get, "/v1/charges")
        let deliveries = try await served.ask(.get, "/v1/webhook-deliveries")
        let reminder = try await served.ask(
            .post, "/v1/reminders", #"{"supporter":{"email":"rem@example.org"}}"#)
        guard case .array(let rows)? = try charges.json["data"],
            case .string(let charge)? = rows.first?["id"],
            case .array(let sent)? = try deliveries.json["data"],
            case .string(let delivery)? = sent.first?["id"]
        else { throw Missing() }
        return (
            served,
            [
                "plg": pledge, "sup": try #require(try registered.member("supporter_id")),
                "pmt": try #require(try registered.member("payment_method_id")),
                "chg": charge, "rem": try #require(try reminder.member("id")),
                "whe": try #require(try endpoint.member("id")), "dlv": delivery,
            ]
        )
    }

    private struct Missing: Error {}

    private static let objects = OperationTable.all.filter(\.answer.streams.isEmpty).map(\.name)

    @Test(arguments: objects) func `its answer has the form that the reference promises`(
        _ name: String
    ) async throws {
        let operation = try operation(name)
        let (served, ids) = try await furnished()
        if name == "resumePledge" {
            _ = try await served.ask(
                .post, "/v1/pledges/\(ids["plg"] ?? "")/pause", #"{"until":"2027-01-01"}"#)
        }
        let (path, body) = try request(name, ids)
        let answer = try await served.ask(
            operation.method, path, body, headers: headers(operation))
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

    @Test(arguments: names) func `nobody gets in without a token, or by another scope`(
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

    @Test(arguments: names) func `what it does not know it refuses by name`(
        _ name: String
    ) async throws {
        let operation = try operation(name)
        let (served, ids) = try await furnished()
        let (path, body) = try request(name, ids)
        let query = try await served.ask(
            operation.method, path + "?surprise=1", body, headers: headers(operation))
        #expect(query.status == 422)
        #expect(try query.member("field") == "surprise")
        guard body != nil else { return }
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
    func `what is not there is not found`(_ name: String) async throws {
        let operation = try operation(name)
        let (served, ids) = try await furnished()
        let body = try request(name, ids).1
        let missing = "\(operation.idPrefix ?? "")_01h455vb4pex5vsknk084sn02q"
        for id in [missing, "plg_1", "%00", "sup_\(String(repeating: "z", count: 26))"] {
            let path = operation.path.replacing("{id}", with: id)
            let answer = try await served.ask(operation.method, path, body)
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

    @Test func `another method than a path takes is told which it takes`() async throws {
        let served = try await Served()
        for method: HTTPRequest.Method in [.put, .delete, .options, .trace] {
            let answer = try await served.ask(method, "/v1/pledges")
            #expect(answer.status == 405 && answer.headers[.allow] == "GET, HEAD, POST")
        }
        #expect(try await served.ask(.get, "/v1/nothing").status == 404)
        #expect(try await served.ask(.get, "/").status == 404)
    }
}
