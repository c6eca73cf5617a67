import HTTPTypes
import Pledging
import Store
import TestSupport
import Testing
import Workflows

@testable import Web

/// Complete answers, as a program reads them.
@Suite struct GoldenTests {
    @Test func `a pledge, from its registration to its end`() async throws {
        let served = try await Served()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let id = try #require(try made.member("id"))
        let known = """
            "amount":{"amount":"5.00","currency":"USD"},"interval":"month","collect_every":1,\
            "each_charge":{"amount":"5.00","currency":"USD"},"receipts":"each",\
            "started_on":"2026-11-22"
            """
        let rest = """
            "payment_method_id":"<pmt>","charges_succeeded":0,\
            "total_given":{"amount":"0.00","currency":"USD"}
            """
        let head = #"{"id":"<plg>","supporter_id":"<sup>","state":"pending","#
        #expect(
            made.text.withoutIDs == head + known + """
                ,"next_charge_on":"2026-11-22","next_period":1,\(rest),\
                "created_at":"2026-11-22T12:00:00.000Z","version":1}
                """)
        #expect(made.headers[.location] == "/v1/pledges/\(id)")
        let ended = try await served.ask(
            .post, "/v1/pledges/\(id)/cancel", #"{"reason":"privacy","by":"supporter"}"#)
        #expect(
            ended.text.withoutIDs == head.replacing("pending", with: "cancelled") + known + """
                ,"next_period":1,\(rest),"cancel_reason":"privacy","cancelled_by":"supporter",\
                "created_at":"2026-11-22T12:00:00.000Z",\
                "ended_at":"2026-11-22T12:00:00.000Z","version":2}
                """)
    }

    @Test func `a refusal says what to do instead`() async throws {
        let served = try await Served()
        let made = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let again = try await served.ask(.post, "/v1/pledges", Served.pledge())
        #expect(
            again.text.withoutIDs == """
                {"type":"about:blank","title":"Conflict","status":409,"code":"conflict",\
                "detail":"this supporter registered a similar pledge within the last 24 hours; \
                confirm that a second one is meant (is_second, --second)","request_id":"…"}
                """)
        let rise = try await served.ask(
            .patch, "/v1/pledges/\(try made.member("id") ?? "")", #"{"amount":"6.00"}"#)
        #expect(
            rise.text.withoutIDs == """
                {"type":"about:blank","title":"Forbidden","status":403,"code":"not_permitted",\
                "detail":"only the reader can raise the amount; here it can only be \
                lowered","field":"amount","request_id":"…"}
                """)
    }

    @Test func `every response has a request id and must not be cached`() async throws {
        let served = try await Served()
        let answers = try await served.ask([
            (.get, "/v1/pledges", nil), (.get, "/v1/nothing", nil), (.get, "/healthz", nil),
        ])
        #expect(Set(answers.compactMap { $0.header("Request-Id") }).count == 3)
        for answer in answers {
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        }
    }

    @Test func `the event's actor is the token`() async throws {
        let served = try await Served()
        _ = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let actors = try await served.test.events().map(\.actor)
        let token = try #require(try await BrowseBook.tokens(in: served.test.context()).first)
        #expect(Set(actors) == ["token:\(token.id)"])
    }
}
