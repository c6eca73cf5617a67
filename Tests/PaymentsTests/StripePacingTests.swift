import Testing

@testable import Payments

/// What decides when something is sent, and when again; no wire.
@Suite struct StripePacingTests {
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
