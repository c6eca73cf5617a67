import Pledging
import Testing

@Suite struct EventFilterTests {
    private static let long = String(repeating: "a", count: 42)

    @Test(arguments: [
        ("*", EventType.allCases),
        ("pledge.*", EventType.allCases.filter { $0.rawValue.hasPrefix("pledge.") }),
        ("*.cancelled", [.pledgeCancelled, .chargeCancelled, .reminderCancelled]),
        ("pledge.registered", [.pledgeRegistered]), ("charge.succeeded", [.chargeSucceeded]),
        ("charge.captured", []),
    ])
    func `a filter matches by segments`(text: String, expected: [EventType]) throws {
        let filter = try #require(EventFilter(text))
        #expect(EventType.allCases.filter(filter.matches) == expected)
    }

    @Test(arguments: [
        "", "**", "pledge", "pledge.", ".registered", "pledge.registered.now", "pledges.*",
        "Pledge.*", "pledge.\(long)", "pledge.reg*", "*.*.*", "pledge registered",
        "supporter.crea ted",
    ])
    func `a text that names no subject is not a filter`(text: String) {
        #expect(EventFilter(text) == nil)
    }

    @Test func `every type is about a known subject`() {
        for type in EventType.allCases {
            #expect(EventFilter(type.rawValue)?.matches(type) == true, "\(type)")
        }
    }
}

@Suite struct RetryScheduleTests {
    private let now = Instant(milliseconds: 1_795_348_800_000)

    private func step(
        _ result: AttemptResult, attempt: Int = 1, random: UInt64 = 0
    ) -> DeliveryStep {
        RetrySchedule.step(after: result, attempt: attempt, at: now, random: random)
    }

    @Test(arguments: [200, 201, 202, 204, 299])
    func `any 2xx is a success`(status: Int) {
        #expect(step(.answered(status: status)) == .delivered)
        #expect(step(.answered(status: status), attempt: 10) == .delivered)
    }

    @Test(arguments: 1...10)
    func `410 ends it at once`(attempt: Int) {
        #expect(step(.answered(status: 410), attempt: attempt) == .gone)
    }

    @Test(
        arguments: [
            .failed("no connection"), .answered(status: 199), .answered(status: 301),
            .answered(status: 400), .answered(status: 404), .answered(status: 429),
            .answered(status: 500), .answered(status: 503),
        ] as [AttemptResult])
    func `any other response is retried, ten attempts in all`(result: AttemptResult) {
        let seconds: [Int64] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
        for (index, delay) in seconds.enumerated() {
            let least = now.adding(milliseconds: delay * 800)
            let most = now.adding(milliseconds: delay * 1_200)
            // The least and the largest jitter, and the random numbers that give them.
            #expect(step(result, attempt: index + 1, random: 0) == .retry(at: least))
            let width = UInt64(delay * 400)
            #expect(step(result, attempt: index + 1, random: width) == .retry(at: most))
            for random in [1, 12_345, UInt64.max] {
                guard case .retry(let at) = step(result, attempt: index + 1, random: random) else {
                    Issue.record("not tried again")
                    continue
                }
                #expect(at >= least && at <= most)
            }
        }
        #expect(step(result, attempt: 10) == .dead)
        #expect(step(result, attempt: 11) == .dead)
    }

    @Test(arguments: [(0, 4), (3, 4), (60, 60), (86_400, 86_400), (1_000_000, 86_400), (-5, 4)])
    func `a receiver may ask for more patience, up to a day`(asked: Int64, expected: Int64) {
        #expect(
            step(.answered(status: 503, retryAfterSeconds: asked))
                == .retry(at: now.adding(seconds: expected)))
    }

    @Test func `the reason of a failure is given in words`() {
        #expect(AttemptResult.answered(status: 204).error == nil)
        #expect(AttemptResult.answered(status: 302).error?.hasSuffix("not followed") == true)
        #expect(AttemptResult.answered(status: 500).error == "answered 500")
        #expect(AttemptResult.failed("no connection").error == "no connection")
    }
}
