import Pledging
import Testing

@testable import Payments

/// The rules for sending a request again, for any processor; nothing is sent.
@Suite struct HTTPRetryTests {
    private func answer(_ status: Int, _ headers: [(String, String)] = []) -> HTTPReply {
        .answered(HTTPAnswer(status: status, headers: headers.map { (name: $0, value: $1) }))
    }

    @Test(arguments: [
        (200, false), (302, false), (400, false), (401, false), (402, false), (404, false),
        (409, true), (429, true), (500, true), (503, true),
    ])
    func `a response that says nothing about the order is retried`(status: Int, isSentAgain: Bool) {
        #expect((HTTPRetry().wait(after: answer(status), calls: 1) != nil) == isSentAgain)
    }

    @Test func `waits double, and no fifth call is made`() {
        let waits = (1...5).map { HTTPRetry().wait(after: .silent("gone"), calls: $0) }
        #expect(waits == [500, 1_000, 2_000, nil, nil])
    }

    @Test(
        arguments: [
            ("7", 7_000), ("0", 500), ("-1", 500), ("soon", 500), ("999999999", 500),
        ] as [(String, Int64)])
    func `Retry-After makes a wait longer`(header: String, wait: Int64) {
        let reply = answer(429, [("Retry-After", header)])
        #expect(HTTPRetry().wait(after: reply, calls: 1) == wait)
    }

    @Test func `Retry-After may be a date, by the responder's clock`() {
        let later = ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")
        let date = ("Date", "Sun, 06 Nov 1994 08:49:30 GMT")
        #expect(HTTPRetry().wait(after: answer(503, [later, date]), calls: 1) == 7_000)
        #expect(HTTPRetry().wait(after: answer(503, [later]), calls: 1) == 500)
    }

    @Test func `a custom policy applies to responses, never to missing ones`() {
        let never = HTTPRetry { _ in false }
        #expect(never.wait(after: answer(500), calls: 1) == nil)
        #expect(never.wait(after: .silent("gone"), calls: 1) == 500)
    }

    @Test func `a header is found in any case`() {
        let answer = HTTPAnswer(
            status: 200, headers: [("DATE", "Thu, 01 Jan 1970 00:00:01 GMT"), ("date", "x")])
        #expect(answer.header("date") == "Thu, 01 Jan 1970 00:00:01 GMT")
        #expect(answer.date?.milliseconds == 1_000)
        #expect(answer.header("retry-after") == nil)
        #expect(HTTPAnswer(status: 200).date == nil)
    }

    @Test func `a form keeps its order and every byte`() {
        let form: HTTPForm = ["a[]": "1 & 2=3", "left_out": nil, "k": "ü+'/"]
        #expect(form.text == "a%5B%5D=1%20%26%202%3D3&k=%C3%BC%2B%27%2F")
    }
}
