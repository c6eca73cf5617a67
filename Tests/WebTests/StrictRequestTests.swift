import HTTPTypes
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@testable import Web

/// Bodies and parameters that do not have the form in the reference.
@Suite struct StrictRequestTests {
    private static let amount = #""amount":{"amount":"5.00","currency":"USD"}"#
    private static let whole =
        #"{"supporter":{"email":"a@example.org"},\#(amount),"interval":"month"}"#

    static let bodies: [(String, Int, String?)] = [
        ("", 415, nil), ("{", 400, "body"), ("[]", 400, "body"), ("null", 400, "body"),
        ("\"text\"", 400, "body"), ("{\"a\":\u{1}}", 400, "body"),
        (String(repeating: "[", count: 30_000), 400, "body"),
        ("{}", 422, "supporter"),
        (#"{"supporter":"a@example.org"}"#, 422, "supporter"),
        (#"{"supporter":{"email":1}}"#, 422, "supporter.email"),
        (#"{"supporter":{"email":"a@example.org","Name":"A"}}"#, 422, "supporter.Name"),
        (#"{"supporter":{}}"#, 422, "supporter.email"),
        (whole.replacing("\"5.00\"", with: "5.5"), 400, "body"),
        (whole.replacing("\"5.00\"", with: "5"), 422, "amount.amount"),
        (whole.replacing("5.00", with: "1,00"), 422, "amount"),
        (whole.replacing("5.00", with: "0.50"), 422, "amount"),
        (whole.replacing("USD", with: "RUB"), 422, "amount.currency"),
        (whole.replacing("month", with: "week"), 422, "interval"),
        (whole.replacing("\"month\"", with: "null"), 422, "interval"),
        (
            whole.replacing("\"month\"", with: "\"month\",\"collect_every\":2"), 422,
            "collect_every"
        ),
        (
            whole.replacing("\"month\"", with: "\"month\",\"starts_on\":\"2020-01-01\""), 422,
            "starts_on"
        ),
        (
            whole.replacing(
                "\"month\"", with: #""month","payment_method":{"token":"t","expires":"5/28"}"#),
            422, "payment_method.expires"
        ),
        (
            whole.replacing("\"month\"", with: "\"month\",\"collect_every\":13"), 422,
            "collect_every"
        ),
        (whole.replacing("\"month\"", with: "\"month\",\"starts_on\":\"1 May\""), 422, "starts_on"),
        (whole.replacing("\"month\"", with: "\"month\",\"is_second\":1"), 422, "is_second"),
        (whole.replacing("a@example.org", with: "nobody"), 422, "supporter.email"),
        (
            whole.replacing("\"month\"", with: "\"month\",\"source\":\"4242 4242 4242 4242\""),
            422, "source"
        ),
        (
            whole.replacing(
                "\"month\"",
                with: #""month","payment_method":{"token":"4242424242424242"}"#), 422,
            "payment_method.token"
        ),
    ]

    @Test(arguments: bodies) func `a body that is not of the form is refused by the member's name`(
        _ body: String, _ status: Int, _ field: String?
    ) async throws {
        let served = try await Served()
        let headers = body.isEmpty ? ["Content-Type": "text/html"] : [:]
        let answer = try await served.ask(.post, "/v1/pledges", body, headers: headers)
        #expect(answer.status == status, "\(answer.text)")
        #expect(answer.headers[.contentType] == "application/problem+json")
        if let field { #expect(try answer.member("field") == field) }
        #expect(!answer.text.contains("4242"))
        #expect(try await served.test.supporters().isEmpty)
    }

    @Test func `a body over the limit is refused`() async throws {
        let served = try await Served { $0.bodyMaximumBytes = 1_000 }
        let long = Served.pledge(more: ",\"source\":\"\(String(repeating: "x", count: 1_000))\"")
        let answer = try await served.ask(.post, "/v1/pledges", long)
        #expect(answer.status == 413)
    }

    @Test func `a body that comes too slowly is refused, and the connection closed`() async throws {
        let served = try await Served { $0.bodySeconds = 0 }
        let answer = try await served.ask(.post, "/v1/pledges", Served.pledge())
        #expect(answer.status == 408)
        #expect(try answer.member("code") == "too_slow")
        #expect(answer.headers[.connection] == "close")
        #expect(try await served.test.supporters().isEmpty)
    }

    @Test(arguments: [
        ("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
        ("state=gone", "state"), ("State=active", "State"), ("limit=1&limit=2", "limit"),
        ("after=\(String(repeating: "x", count: 256))", "after"),
        // An unknown name is reported cut to 64 characters, also when it occurs twice.
        (
            "\(String(repeating: "y", count: 70))=1&\(String(repeating: "y", count: 70))=2",
            String(repeating: "y", count: 64)
        ),
    ])
    func `a parameter that is not of the form is refused`(
        _ query: String, _ field: String
    ) async throws {
        let served = try await Served()
        let answer = try await served.ask(.get, "/v1/pledges?\(query)")
        #expect(answer.status == 422, "\(answer.text)")
        #expect(try answer.member("field") == field)
    }

    @Test func `pages contain everything once, in order`() async throws {
        let served = try await Served()
        for number in 0..<7 {
            try await served.test.plant { $0.email = "r\(number)@example.org" }
        }
        var seen: [String] = []
        var path = "/v1/pledges?limit=3"
        for _ in 0..<5 {
            let answer = try await served.ask(.get, path)
            guard case .array(let rows)? = try answer.json["data"] else { break }
            seen += rows.compactMap { row in
                if case .string(let id)? = row["id"] { id } else { nil }
            }
            guard let next = try answer.member("next") else { break }
            path = "/v1/pledges?limit=3&after=\(next)"
        }
        #expect(seen == (try await served.test.pledges().map(\.id.text)))
        #expect(seen.count == 7 && seen == seen.sorted())
    }

    @Test func `filters list only what matches`() async throws {
        let served = try await Served()
        try await served.test.plant()
        let paused = try await served.test.plant {
            $0.email = "p@example.org"
            $0.state = .paused
            $0.pausedUntil = "2027-02-01"
        }
        let answer = try await served.ask(.get, "/v1/pledges?state=paused")
        #expect(answer.text.contains(try #require(paused.pledge).id.text))
        guard case .array(let rows)? = try answer.json["data"] else { return }
        #expect(rows.count == 1)
        let events = try await served.ask(
            .get, "/v1/events?type=pledge.registered&subject=\(try #require(paused.pledge).id)")
        guard case .array(let told)? = try events.json["data"] else { return }
        #expect(told.count == 1)
    }

    @Test(arguments: [
        "xxx", "", "plg_zzz", "sup_01h455vb4pex5vsknk084sn02q", "%ff", "%00",
        "PLG_01H455VB4PEX5VSKNK084SN02Q", "plg_01H455VB4PEX5VSKNK084SN02Q",
        "plg_01h455vb4pex5vsknk084sn02u",
        "plg_81h455vb4pex5vsknk084sn02q",
    ])
    func `an invalid cursor is refused`(
        _ cursor: String
    ) async throws {
        let answer = try await Served().ask(.get, "/v1/pledges?after=\(cursor)")
        #expect(answer.status == 422, "\(answer.text)")
        #expect(try answer.member("field") == "after")
    }

    @Test(arguments: [("/v1/pledges", "application/json"), ("/v1/imports", "text/csv")])
    func `a compressed body is refused as compressed`(
        _ path: String, _ type: String
    ) async throws {
        let served = try await Served()
        let coded = try await served.ask(
            .post, path, "x", headers: ["Content-Encoding": "gzip", "Content-Type": type])
        #expect(coded.status == 415 && coded.headers[.acceptEncoding] == "identity")
        let plain = try await served.ask(
            .post, path, "x", headers: ["Content-Encoding": "identity", "Content-Type": type])
        #expect(plain.status != 415)
    }
}
