import Testing

@testable import Payments

/// How a call is encoded for Stripe, and when it is made again; nothing is sent.
@Suite struct StripeRequestTests {
    private func answer(_ status: Int, _ shouldRetry: String?) -> HTTPReply {
        let headers = shouldRetry.map { [(name: "Stripe-Should-Retry", value: $0)] } ?? []
        return .answered(HTTPAnswer(status: status, headers: headers))
    }

    @Test(
        arguments: [
            (200, nil, false), (200, "true", false), (402, nil, false), (400, nil, false),
            (401, nil, false), (402, "true", true), (409, nil, true), (409, "false", false),
            (429, nil, true), (429, "false", false), (500, nil, true), (500, "false", false),
            (503, nil, true), (302, nil, false),
        ] as [(Int, String?, Bool)])
    func `the status decides about a retry unless the header overrides it`(
        status: Int, header: String?, isSentAgain: Bool
    ) {
        let wait = StripeRetry.policy.wait(after: answer(status, header), calls: 1)
        #expect((wait != nil) == isSentAgain)
    }

    @Test func `a form keeps its order and every byte`() {
        var form: HTTPForm = ["a[]": "1 & 2=3", "left_out": nil]
        form.add(metadata: ["k": "ü+'/"])
        #expect(form.text == "a%5B%5D=1%20%26%202%3D3&metadata%5Bk%5D=%C3%BC%2B%27%2F")
    }

    @Test(arguments: ["", "pm_1/../x", "pm 1", "pm_\u{00E4}", "..", "pm_1?x=y"])
    func `a text that cannot be an id does not become part of a path`(text: String) {
        #expect(!StripeRequest.isID(text))
        #expect(StripeRequest.isID("pm_1NirD82eZvKYlo2CIvbtLWuY"))
    }
}
