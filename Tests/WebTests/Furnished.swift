import HTTPTypes
import Pledging
import Store
import TestSupport
import Testing

@testable import Web
@testable import Workflows

/// A book with one of everything, behind the service.
struct Furnished: Sendable {
    let served: Served
    /// Ids by their prefixes.
    private let ids: [String: String]

    private struct Missing: Error {}

    /// `runsWritesTwice`: each write of the service runs once in vain first.
    init(runsWritesTwice: Bool = false) async throws {
        let served = try await Served(runsWritesTwice: runsWritesTwice)
        let endpoint = try await served.ask(
            .post, "/v1/webhook-endpoints", #"{"url":"https://example.org/hooks"}"#)
        let context = try served.test.context()
        let registered = try await served.ask(.post, "/v1/pledges", Served.pledge())
        _ = try await RunBilling.run(through: served.web.processors, in: context)
        // Every job and every list has something to show.
        _ = await RunJobs.turn(.mail, { _, _ in ["sent": .integer(1)] }, at: .oneTurn, in: context)
        _ = try await SetRiskPolicy.run("FR", .allow, in: context)
        try await context.change {
            try $0.attention.raise(.periodSkipped, "chg_example", "tooLate")
        }
        let attention = try await served.ask(.get, "/v1/attention")
        let charges = try await served.ask(.get, "/v1/charges")
        let deliveries = try await served.ask(.get, "/v1/webhook-deliveries")
        let reminder = try await served.ask(
            .post, "/v1/reminders", #"{"supporter":{"email":"rem@example.org"}}"#)
        guard case .array(let rows)? = try charges.json["data"],
            case .string(let charge)? = rows.first?["id"],
            case .array(let sent)? = try deliveries.json["data"],
            case .string(let delivery)? = sent.first?["id"],
            case .array(let open)? = try attention.json["data"],
            case .string(let first)? = open.first?["id"]
        else { throw Missing() }
        self.served = served
        ids = [
            "plg": try #require(try registered.member("id")),
            "sup": try #require(try registered.member("supporter_id")),
            "pmt": try #require(try registered.member("payment_method_id")),
            "chg": charge, "rem": try #require(try reminder.member("id")),
            "whe": try #require(try endpoint.member("id")), "dlv": delivery, "att": first,
        ]
    }

    // MARK: The example of an operation

    /// The id in the operation's path; empty if the path has none.
    func id(_ operation: Operation) -> String { ids[operation.idPrefix ?? ""] ?? "" }

    func path(_ operation: Operation) -> String {
        operation.path.replacing("{id}", with: id(operation))
    }

    func body(_ operation: Operation) -> String? {
        let example = ExampleRequest.all[operation.name]?.body.map(filled)
        return example ?? (operation.body == nil ? nil : "{}")
    }

    /// The other content of an operation that takes a key.
    func other(_ operation: Operation) throws -> String {
        filled(try #require(ExampleRequest.all[operation.name]?.other))
    }

    /// Sends the request that must come before the example.
    func prepare(_ operation: Operation) async throws {
        guard let before = ExampleRequest.all[operation.name]?.before else { return }
        let answer = try await served.ask(
            before.method, filled(before.path), filled(before.body))
        try #require(answer.status < 300, "\(answer.text)")
    }

    /// Sends the example, with another body if one is given.
    func ask(
        _ operation: Operation, _ body: String? = nil, path: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Served.Answer {
        let type = operation.takesCSV ? ["Content-Type": "text/csv"] : [:]
        return try await served.ask(
            operation.method, path ?? self.path(operation), body ?? self.body(operation),
            headers: type.merging(headers) { $1 })
    }

    private func filled(_ text: String) -> String {
        ids.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    // MARK: The book's content

    /// Every row of every table, except those of tokens, which change when a token is used.
    func content() async throws -> [String] {
        let tables = try await served.test.rows(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'api_tokens' "
                + "ORDER BY name"
        ).map { try $0.text(0) }
        var content: [String] = []
        for table in tables {
            content += try await served.test.rows("SELECT * FROM \(table)").map { "\(table) \($0)" }
        }
        return content
    }

    /// The present version of the entity in the operation's path.
    func version(_ operation: Operation) async throws -> Int64 {
        let id = id(operation)
        return try #require(try await served.test.book.read { try $0.version(of: id) })
    }
}
