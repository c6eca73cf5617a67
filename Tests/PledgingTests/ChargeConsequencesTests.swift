import Pledging
import Testing

/// What a payment means for the pledge and its reader.
struct PaidConsequencesTests {
    private func facts(
        _ pledge: Pledge, former: ChargeState = .submitted, attempts: Int = 1,
        needsNotice: Bool = false, owesAnother: Bool = false, policy: RiskPolicy? = .allow,
        mayGoOn: Bool = true, paidAt: Instant = Instant(milliseconds: 0)
    ) throws -> ChargeConsequences.Success {
        ChargeConsequences.Success(
            charge: try .example(.succeeded) {
                $0.attempts = attempts
                $0.paidAt = paidAt
            }, former: former, pledge: pledge, day: try .example("2026-03-16"),
            needsNotice: needsNotice, owesAnother: owesAnother, policy: policy,
            mayGoOn: mayGoOn)
    }

    /// A later payment of a pledge that was given up is not the one that it was given up for.
    private static func isGivenUp(_ state: PledgeState) -> Bool {
        state == .lapsed || state == .abandoned
    }

    @Test(arguments: PledgeState.allCases, [false, true])
    func `money is counted on its day, whatever the pledge is`(
        state: PledgeState, needsNotice: Bool
    ) throws {
        let next = ChargeConsequences(try facts(.example(state), needsNotice: needsNotice))
        #expect(next.payment?.day == (try .example("2026-03-16")))
        #expect(next.payment?.needsNotice == needsNotice)
        #expect(next.method == nil && !next.callsOffCharge)
    }

    @Test(arguments: PledgeState.allCases, Interval.allCases)
    func `money moves every pledge but one that is active already`(
        state: PledgeState, interval: Interval
    ) throws {
        let pledge = try Pledge.example(state) { $0.interval = interval }
        let next = ChargeConsequences(try facts(pledge))
        let cause: PledgeCause =
            Self.isGivenUp(state) ? .paidAfterAll(interval) : .chargeSucceeded(interval)
        #expect(next.pledge == (state == .active ? nil : cause))
    }

    @Test(arguments: PledgeState.allCases)
    func `late money for an older period does not mend a later one`(state: PledgeState) throws {
        let next = ChargeConsequences(
            try facts(.example(state) { $0.nextPeriod = 5 }, owesAnother: true))
        #expect(next.pledge == nil)
        #expect(next.payment != nil && next.sendsReceipt)
    }

    @Test(arguments: PledgeState.allCases)
    func `what is taken after the end is not owed, unless it brings the pledge back`(
        state: PledgeState
    ) throws {
        let end = Instant(milliseconds: 1_000)
        for (policy, mayGoOn, nextPeriod) in [
            (.allow, true, 4), (.allow, false, 4), (.refuse, true, 4), (nil, true, 4),
            (.allow, true, 5),
        ] as [(RiskPolicy?, Bool, Int)] {
            let pledge = try Pledge.example(state) {
                $0.endedAt = state.isFinal ? end : nil
                $0.nextPeriod = nextPeriod
            }
            let revives =
                Self.isGivenUp(state) && policy == .allow && mayGoOn && nextPeriod == 4
            for (paidAt, isLater) in [(end, false), (end.adding(milliseconds: 1), true)] {
                let next = ChargeConsequences(
                    try facts(pledge, policy: policy, mayGoOn: mayGoOn, paidAt: paidAt))
                #expect(next.isAfterEnd == (state.isFinal && isLater && !revives))
                #expect(next.revives == revives)
                #expect(!next.isAfterEnd || !next.sendsReceipt)
            }
        }
    }

    /// Nothing can have been promised about a first attempt that succeeds at once.
    @Test(arguments: ChargeState.allCases, 0...3)
    func `what was promised about the charge ends with it`(
        former: ChargeState, attempts: Int
    ) throws {
        let next = ChargeConsequences(
            try facts(.example(), former: former, attempts: attempts))
        #expect(next.cancelsReminders == !(former == .submitted && attempts <= 1))
    }

    /// Written out from the rules, for readers who want a receipt for each charge: for each policy,
    /// whether the first charge and whether a later one has a receipt.
    private static let receipts: [RiskPolicy: (first: Bool, later: Bool)] = [
        .allow: (true, true), .warn: (true, false), .oneOffOnly: (true, false),
        .refuse: (true, false),
    ]

    @Test(arguments: RiskPolicy.allCases, PledgeState.allCases)
    func `where a mail puts readers at risk the first receipt is the only one`(
        policy: RiskPolicy, state: PledgeState
    ) throws {
        let expected = try #require(PaidConsequencesTests.receipts[policy])
        // A pledge that was given up and goes on tells so, whatever its receipts.
        let revives = Self.isGivenUp(state) && policy != .refuse
        for (count, isSent) in [(0, expected.first), (1, expected.later), (9, expected.later)] {
            let pledge = try Pledge.example(state) { $0.chargesSucceeded = count }
            let next = ChargeConsequences(try facts(pledge, policy: policy))
            #expect(next.sendsReceipt == (isSent || revives), "\(count)")
        }
    }

    @Test(arguments: RiskPolicy.allCases, [0, 1])
    func `a reader who wants one receipt a year has none for a charge`(
        policy: RiskPolicy, count: Int
    ) throws {
        let pledge = try Pledge.example {
            $0.receipts = .yearly
            $0.chargesSucceeded = count
        }
        #expect(!ChargeConsequences(try facts(pledge, policy: policy)).sendsReceipt)
    }

    @Test(arguments: [0, 1])
    func `a reader who was forgotten has no receipt`(count: Int) throws {
        let pledge = try Pledge.example { $0.chargesSucceeded = count }
        #expect(!ChargeConsequences(try facts(pledge, policy: nil)).sendsReceipt)
    }
}

/// What a decline, or a bank that asks the reader to act, means for the pledge and the method.
struct DeclinedConsequencesTests {
    /// Written out from the rules: what happens to a pledge in each state, and whether its charge
    /// is called off because nothing is tried again.
    private static let states: [PledgeState: (pledge: PledgeCause?, callsOff: Bool)] = [
        .pending: (.chargeFailed(.month), false), .active: (.chargeFailed(.month), false),
        .pastDue: (.chargeFailed(.month), false), .paused: (.chargeFailed(.month), true),
        .completed: (nil, true), .cancelled: (nil, true), .lapsed: (nil, true),
        .abandoned: (nil, true),
    ]

    /// Written out from the rules: what each bucket does to the method, if anything.
    private static let buckets: [DeclineBucket: [ChargeConsequences.Method]] = [
        .soft: [], .needsSupporter: [], .hard: [.move(.hardDeclined)], .revoked: [.revoke],
        .operator: [], .impossible: [], .unknownOutcome: [],
    ]

    @Test func `the tables know every state and every bucket`() {
        #expect(Set(DeclinedConsequencesTests.states.keys) == Set(PledgeState.allCases))
        #expect(Set(DeclinedConsequencesTests.buckets.keys) == Set(DeclineBucket.allCases))
    }

    @Test(arguments: PledgeState.allCases, DeclineBucket.allCases)
    func `a decline does to pledge, method and charge what the rules say`(
        state: PledgeState, bucket: DeclineBucket
    ) throws {
        let expected = try #require(DeclinedConsequencesTests.states[state])
        let method = try #require(DeclinedConsequencesTests.buckets[bucket])
        let decline = Decline(code: bucket.exampleCode)
        try #require(decline.bucket == bucket)
        let next = ChargeConsequences(declined: decline, pledge: try .example(state))
        #expect(next.pledge == expected.pledge)
        #expect(next.callsOffCharge == expected.callsOff)
        #expect(next.method == method.first)
        #expect(next.payment == nil && !next.sendsReceipt && !next.cancelsReminders)
    }

    /// Other codes that the reader alone can mend leave the method usable: another pledge on it is
    /// tried once, at its own time.
    @Test(
        arguments: PledgeState.allCases,
        [
            ("expired_card", ChargeConsequences.Method.move(.foundExpired)),
            ("authentication_required", nil), ("incorrect_cvc", nil), ("no_usable_method", nil),
        ] as [(code: String, method: ChargeConsequences.Method?)])
    func `only the code that says so makes a method expired`(
        state: PledgeState, row: (code: String, method: ChargeConsequences.Method?)
    ) throws {
        let decline = Decline(code: row.code)
        try #require(decline.bucket == .needsSupporter)
        let next = ChargeConsequences(declined: decline, pledge: try .example(state))
        #expect(next.method == row.method)
    }

    @Test func `advice not to try again kills the method that a soft code would keep`() throws {
        let decline = Decline(code: "insufficient_funds", advice: .doNotRetry)
        let next = ChargeConsequences(declined: decline, pledge: try .example())
        #expect(next.method == .move(.hardDeclined))
    }
}
