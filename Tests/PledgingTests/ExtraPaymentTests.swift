import Pledging
import Testing

@Suite struct ExtraPaymentTests {
    private let method = ID<PaymentMethod>(bits: 1_000)

    /// Returns of other methods.
    private func returns(_ count: Int) -> [ID<PaymentMethod>] {
        (0..<count).map { ID(bits: UInt128($0)) }
    }

    private func facts(
        _ policy: ExtraPayment.Policy = .refund, isUncertain: Bool = false,
        isDisputed: Bool = false, recent: [ID<PaymentMethod>] = []
    ) -> ExtraPayment.ReturnFacts {
        ExtraPayment.ReturnFacts(
            policy: policy, isUncertain: isUncertain, isDisputed: isDisputed,
            recentReturns: recent, method: method)
    }

    @Test func `it is sent back unless a person must decide`() {
        let cases: [(ExtraPayment.ReturnFacts, ExtraPayment.Doubt?)] = [
            (facts(), nil),
            (facts(.ask), .setting),
            (facts(isUncertain: true), .uncertain),
            (facts(isDisputed: true), .disputed),
            (facts(recent: returns(19)), nil),
            (facts(recent: returns(20)), .tooMany),
            // A card gets one a day.
            (facts(recent: [method]), .sameMethod),
        ]
        for (facts, expected) in cases {
            #expect(ExtraPayment.doubt(facts) == expected, "\(facts)")
        }
    }
}
