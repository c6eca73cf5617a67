import Pledging
import Testing

private let news: [RefundOutcome.News] = [.succeeded, .pending, .failed, .unknown]

/// Written out from the rules, a row for each state and a column for each news, in the order of
/// `news`.
private let table: [Refund.State: [RefundStep]] = [
    .submitted: [
        .move(to: .succeeded, .countReturns), .move(to: .pending), .move(to: .failed),
        .move(to: .unknown),
    ],
    .unknown: [
        .move(to: .succeeded, .countReturns), .move(to: .pending), .move(to: .failed),
        .move(to: .unknown),
    ],
    // The processor has the refund; a lost answer does not change that.
    .pending: [
        .move(to: .succeeded, .countReturns), .move(to: .pending), .move(to: .failed),
        .move(to: .pending),
    ],
    // A bank may refuse money after the refund has succeeded.
    .succeeded: [.stay, .stay, .move(to: .failed, .countReturns), .stay],
    .failed: [.move(to: .succeeded, .countReturns), .stay, .stay, .stay],
]

struct RefundMachineTests {
    @Test func `the table knows every state and every news`() {
        #expect(Set(table.keys) == Set(Refund.State.allCases))
        #expect(Set(news) == Set(RefundOutcome.News.allCases))
        #expect(news.count == RefundOutcome.News.allCases.count)
        #expect(table.values.allSatisfy { $0.count == news.count })
    }

    @Test(arguments: Refund.State.allCases, news)
    func `each news does in each state what the rules say`(
        state: Refund.State, heard: RefundOutcome.News
    ) throws {
        let row = try #require(table[state])
        #expect(state.on(heard) == row[try #require(news.firstIndex(of: heard))])
    }

    /// Whatever news comes, in any order, the refund is counted exactly while it has succeeded.
    @Test(arguments: Refund.State.allCases, news)
    func `returns are counted anew on the way into succeeded and on the way out`(
        state: Refund.State, heard: RefundOutcome.News
    ) {
        guard case .move(let next, let effect) = state.on(heard) else { return }
        let expected: RefundStep.Effect? =
            switch (state == .succeeded, next == .succeeded) {
            case (false, true), (true, false): .countReturns
            case (true, true), (false, false): nil
            }
        #expect(effect == expected)
    }

    @Test(arguments: Refund.State.allCases)
    func `it counts against the charge while the processor may give it back`(
        state: Refund.State
    ) {
        #expect(state.isOpen == [.submitted, .pending, .unknown].contains(state))
    }
}

/// The fields that belong to a state that a refund enters.
struct RefundAnswerTests {
    private func refund(_ state: Refund.State) throws -> Refund {
        try Refund(
            id: ID(bits: 5), chargeID: ID(bits: 4), number: 1, amount: .example(200),
            state: state, remoteID: "remote_1", reason: "former",
            nextStepAt: Instant(milliseconds: 1), createdAt: Instant(milliseconds: 0))
    }

    private static let outcomes: [RefundOutcome] = [
        .succeeded, .pending, .failed("expired_or_canceled_card"), .unknown("503"),
    ]

    @Test(arguments: outcomes)
    func `an outcome is news of its own name`(outcome: RefundOutcome) {
        let names: [RefundOutcome.News] =
            switch outcome {
            case .succeeded: [.succeeded]
            case .pending: [.pending]
            case .failed: [.failed]
            case .unknown: [.unknown]
            }
        #expect([outcome.news] == names)
        #expect(
            RefundAnswer(outcome).mayBeMoney == [.succeeded, .pending].contains(outcome.news))
    }

    @Test(arguments: Refund.State.allCases, outcomes)
    func `an answer sets the refund's state and clears what belonged to the former one`(
        state: Refund.State, outcome: RefundOutcome
    ) throws {
        let now = Instant(milliseconds: 7_000)
        let known = try refund(state)
        let after = known.after(RefundAnswer(outcome), at: now)
        guard case .move(let next, let effect) = state.on(outcome.news) else {
            #expect(after == nil)
            return
        }
        let (heard, told) = try #require(after)
        #expect(heard.state == next && told == effect)
        #expect(heard.remoteID == "remote_1" && heard.amount == known.amount)
        switch outcome {
        case .succeeded: #expect(heard.reason == nil && heard.nextStepAt == nil)
        case .failed(let code): #expect(heard.reason == code && heard.nextStepAt == nil)
        case .pending:
            #expect(heard.reason == nil && heard.nextStepAt == now.adding(days: 1))
        case .unknown:
            #expect(heard.reason == nil && heard.nextStepAt == now.adding(seconds: 300))
        }
    }

    @Test(arguments: [
        (0, 300), (3_599, 300), (3_600, 3_600), (86_399, 3_600), (86_400, 86_400),
        (864_000, 86_400),
    ])
    func `a lost answer is asked for ever more seldom`(age: Int64, wait: Int64) throws {
        let refund = try refund(.submitted)
        let now = refund.createdAt.adding(seconds: age)
        let heard = refund.after(RefundAnswer(.unknown("503")), at: now)
        #expect(heard?.refund.nextStepAt == now.adding(seconds: wait))
    }

    @Test func `the processor's name for it is kept, and its reason in few characters`() throws {
        let now = Instant(milliseconds: 0)
        let long = RefundAnswer(.failed(String(repeating: "x", count: 500)), remoteID: "remote_2")
        let heard = try #require(try refund(.submitted).after(long, at: now))
        #expect(heard.refund.remoteID == "remote_2")
        #expect(heard.refund.reason == String(repeating: "x", count: 64))
    }
}
