import Pledging
import Testing

/// A processor's answer, as causes and news of our state machines.
struct ChargeVerdictTests {
    private static let outcomes: [(ChargeOutcome, ChargeCause, ChargeAttempt.News, String?)] = [
        (.succeeded(at: Instant(milliseconds: 5), nil), .succeeded, .succeeded, nil),
        (
            .succeeded(
                at: Instant(milliseconds: 5),
                Settlement(feeMinor: 45, netMinor: 455, currency: "USD")), .succeeded, .succeeded,
            nil
        ),
        // The reader is told, as after any other decline that only they can mend.
        (.actionNeeded(url: nil), .actionNeeded, .actionNeeded, "authentication_required"),
        (
            .actionNeeded(url: "https://bank.example/3ds"), .actionNeeded, .actionNeeded,
            "authentication_required"
        ),
        (.pending, .accepted, .accepted, nil), (.unknown("503"), .lost, .lost, nil),
    ]

    @Test(arguments: outcomes)
    func `an outcome says what happens to the charge and to its attempt`(
        outcome: ChargeOutcome, cause: ChargeCause, news: ChargeAttempt.News, code: String?
    ) {
        let verdict = ChargeVerdict(outcome)
        #expect(verdict.cause == cause && verdict.news == news)
        #expect(verdict.decline?.code == code)
    }

    /// Written out from the rules for each bucket.
    private static let buckets: [DeclineBucket: (ChargeCause, ChargeAttempt.News)] = [
        .soft: (.declined, .declined), .needsSupporter: (.declined, .declined),
        .hard: (.declined, .declined), .revoked: (.declined, .declined),
        // The newsroom's own error, not a decline by the bank: the charge is held, this attempt is
        // over.
        .operator: (.setAside, .declined),
        // So is a charge whose amount the processor cannot collect.
        .impossible: (.setAside, .declined),
        // The charge may have gone through, so it is asked for again.
        .unknownOutcome: (.lost, .lost),
    ]

    @Test(arguments: DeclineBucket.allCases)
    func `a decline is what its bucket says`(bucket: DeclineBucket) throws {
        let (cause, news) = try #require(ChargeVerdictTests.buckets[bucket])
        let decline = Decline(code: bucket.exampleCode)
        try #require(decline.bucket == bucket)
        let verdict = ChargeVerdict(.declined(decline))
        #expect(verdict.cause == cause && verdict.news == news && verdict.decline == decline)
    }

    @Test func `a missing token is set aside until it is known who is at fault`() {
        let decline = Decline(code: "resource_missing")
        #expect(decline.isMissingToken && decline.bucket == .needsSupporter && !decline.isOfReader)
        let verdict = ChargeVerdict(.declined(decline))
        #expect(verdict.cause == .setAside && verdict.news == .declined)
    }

    @Test(arguments: DeclineBucket.allCases)
    func `a decline counts as a try if the bank or the method refused`(bucket: DeclineBucket) {
        let expected = [DeclineBucket.soft, .needsSupporter, .hard, .revoked].contains(bucket)
        #expect(Decline(code: bucket.exampleCode).isOfReader == expected)
    }

    @Test(arguments: Decline.Advice.allCases)
    func `advice does not change that a decline is a decline`(advice: Decline.Advice) {
        let decline = Decline(code: "insufficient_funds", advice: advice)
        let verdict = ChargeVerdict(.declined(decline))
        #expect(verdict.cause == .declined && verdict.news == .declined)
        #expect(verdict.decline == decline)
    }

    @Test(arguments: outcomes)
    func `money moved, or may yet, where the processor has it`(
        outcome: ChargeOutcome, cause: ChargeCause, news: ChargeAttempt.News, code: String?
    ) {
        let answer = ChargeAnswer(outcome)
        #expect(answer.mayBeMoney == [.succeeded, .actionNeeded, .accepted].contains(cause))
        #expect(answer.paidAt == (cause == .succeeded ? Instant(milliseconds: 5) : nil))
    }

    @Test func `a decline is no money`() {
        let answer = ChargeAnswer(.declined(Decline(code: "lost_card")))
        #expect(!answer.mayBeMoney && answer.paidAt == nil)
    }
}
