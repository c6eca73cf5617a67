import Pledging
import Testing

@testable import Payments

/// What decides when something is sent, and when again; no wire.
@Suite struct StripePacingTests {
    @Test func `a second's calls go at once, then each waits for its share`() {
        var bucket = TokenBucket(perSecond: 4, atMilliseconds: 1_000)
        let waits = (0..<7).map { _ in bucket.take(atMilliseconds: 1_000) }
        #expect(waits == [0, 0, 0, 0, 250, 500, 750])
    }

    @Test func `rest brings back no more than a second's calls`() {
        var bucket = TokenBucket(perSecond: 2, atMilliseconds: 0)
        let before = (0..<3).map { _ in bucket.take(atMilliseconds: 0) }
        let after = (0..<3).map { _ in bucket.take(atMilliseconds: 60_000) }
        #expect(before == [0, 0, 500])
        #expect(after == [0, 0, 500])
    }

    @Test func `in any second there are never more calls than twice the rate`() {
        var bucket = TokenBucket(perSecond: 20, atMilliseconds: 0)
        let times = (0..<200).map { Int64($0) + bucket.take(atMilliseconds: Int64($0)) }
        for start in times {
            #expect(times.filter { (start..<(start + 1_000)).contains($0) }.count <= 40)
        }
    }

    private func answer(
        _ status: Int, _ retryAfter: String? = nil, _ shouldRetry: String? = nil
    ) -> StripeReply {
        .answered(
            StripeAnswer(
                status: status, body: [], retryAfter: retryAfter, shouldRetry: shouldRetry))
    }

    @Test(
        arguments: [
            (200, nil, false), (200, "true", false), (402, nil, false), (400, nil, false),
            (401, nil, false), (402, "true", true), (409, nil, true), (409, "false", false),
            (429, nil, true), (429, "false", false), (500, nil, true), (500, "false", false),
            (503, nil, true), (302, nil, false),
        ] as [(Int, String?, Bool)])
    func `the status says whether it is sent again, the header knows better`(
        status: Int, header: String?, isSentAgain: Bool
    ) {
        let wait = StripeRetry.wait(after: answer(status, nil, header), calls: 1)
        #expect((wait != nil) == isSentAgain)
    }

    @Test func `waits double, and end after the fourth call`() {
        let waits = (1...5).map { StripeRetry.wait(after: .silent("gone"), calls: $0) }
        #expect(waits == [500, 1_000, 2_000, nil, nil])
    }

    @Test(
        arguments: [
            ("7", 7_000), ("0", 500), ("-1", 500), ("soon", 500), ("999999999", 500),
        ] as [(String, Int64)])
    func `Retry-After makes a wait longer`(header: String, wait: Int64) {
        #expect(StripeRetry.wait(after: answer(429, header), calls: 1) == wait)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
        ("Thu, 29 Feb 2024 23:59:59 GMT", "2024-02-29T23:59:59.000Z"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00.000Z"),
    ])
    func `a date of HTTP is read`(text: String, time: String) {
        #expect(HTTPDate.instant(text)?.rfc3339 == time)
    }

    @Test(arguments: [
        "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 2024 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nox 1994 08:49:37 GMT",
    ])
    func `anything else is no date`(text: String) { #expect(HTTPDate.instant(text) == nil) }

    @Test func `a form keeps its order and every byte`() {
        var form: StripeForm = ["a[]": "1 & 2=3", "left_out": nil]
        form.add(metadata: ["k": "ü+'/"])
        #expect(form.text == "a%5B%5D=1%20%26%202%3D3&metadata%5Bk%5D=%C3%BC%2B%27%2F")
    }

    @Test(arguments: ["", "pm_1/../x", "pm 1", "pm_\u{00E4}", "..", "pm_1?x=y"])
    func `what can be no id is no part of a path`(text: String) {
        #expect(!StripeRequest.isID(text))
        #expect(StripeRequest.isID("pm_1NirD82eZvKYlo2CIvbtLWuY"))
    }
}
