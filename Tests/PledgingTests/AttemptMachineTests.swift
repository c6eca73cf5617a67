import Pledging
import Testing

private let news: [ChargeAttempt.News] = [
    .succeeded, .declined, .actionNeeded, .accepted, .lost, .withdrawn,
]

/// Written out from the rules, a row for each state and a column for each news, in the order of
/// `news`. Nil: the news changes nothing.
private let table: [ChargeAttempt.State: [ChargeAttempt.State?]] = [
    .submitted: [.succeeded, .declined, .actionRequired, .pending, .unknown, .withdrawn],
    .pending: [.succeeded, .declined, .actionRequired, .pending, .unknown, .withdrawn],
    .actionRequired: [.succeeded, .declined, .actionRequired, .pending, .unknown, .withdrawn],
    .unknown: [.succeeded, .declined, .actionRequired, .pending, .unknown, .withdrawn],
    // A finished attempt does not change, but money may still come.
    .declined: [.succeeded, nil, nil, nil, nil, nil],
    .withdrawn: [.succeeded, nil, nil, nil, nil, nil],
    .succeeded: [nil, nil, nil, nil, nil, nil],
]

struct AttemptMachineTests {
    @Test func `the table knows every state and every news`() {
        #expect(Set(table.keys) == Set(ChargeAttempt.State.allCases))
        #expect(Set(news) == Set(ChargeAttempt.News.allCases))
        #expect(news.count == ChargeAttempt.News.allCases.count)
        #expect(table.values.allSatisfy { $0.count == news.count })
    }

    @Test(arguments: ChargeAttempt.State.allCases, news)
    func `each news does in each state what the rules say`(
        state: ChargeAttempt.State, heard: ChargeAttempt.News
    ) throws {
        let row = try #require(table[state])
        #expect(state.on(heard) == row[try #require(news.firstIndex(of: heard))])
    }

    @Test(arguments: ChargeAttempt.State.allCases, news)
    func `no news leads away from money`(
        state: ChargeAttempt.State, heard: ChargeAttempt.News
    ) {
        guard let next = state.on(heard) else { return }
        #expect(state != .succeeded)
        #expect(next != state || heard == .actionNeeded || heard == .accepted || heard == .lost)
    }

    /// The same news a second time, or in a message after the reply, changes nothing more.
    @Test(arguments: ChargeAttempt.State.allCases, news)
    func `the same news again leads nowhere else`(
        state: ChargeAttempt.State, heard: ChargeAttempt.News
    ) {
        guard let once = state.on(heard) else { return }
        #expect((once.on(heard) ?? once) == once)
    }
}

/// The fields that belong to a state that an attempt enters.
struct AttemptAnswerTests {
    private let outcomes: [ChargeOutcome] = [
        .succeeded(at: Instant(milliseconds: 5), nil), .declined(Decline(code: "lost_card")),
        .actionNeeded(url: nil), .pending, .unknown("503"),
    ]

    private func asked(_ state: ChargeAttempt.State) -> ChargeAttempt {
        .example(state) {
            $0.remoteID = "remote_1"
            $0.code = "former"
            $0.leasedUntil = Instant(milliseconds: 1)
            $0.absentSince = Instant(milliseconds: 2)
            $0.questions = 3
        }
    }

    @Test(arguments: ChargeAttempt.State.allCases)
    func `an answer sets the attempt's state and clears what belonged to the former one`(
        state: ChargeAttempt.State
    ) {
        for outcome in outcomes {
            let verdict = ChargeVerdict(outcome)
            let heard = asked(state).after(verdict, remoteID: nil)
            #expect(heard?.state == state.on(verdict.news), "\(outcome)")
            guard let heard else { continue }
            #expect(heard.code == verdict.decline?.code, "\(outcome)")
            #expect(heard.leasedUntil == nil && heard.absentSince == nil, "\(outcome)")
            #expect(heard.remoteID == "remote_1", "\(outcome)")
            #expect(heard.startedAt == asked(state).startedAt && heard.number == 1, "\(outcome)")
        }
    }

    @Test(arguments: ChargeAttempt.State.allCases)
    func `only an answer after a lost one counts a question`(state: ChargeAttempt.State) {
        for outcome in outcomes {
            let heard = asked(state).after(ChargeVerdict(outcome), remoteID: nil)
            guard let heard else { continue }
            #expect(heard.questions == (state == .unknown ? 4 : 3), "\(outcome)")
        }
    }

    @Test func `the processor's name for the payment is kept, and the last one counts`() throws {
        let pending = ChargeVerdict(.pending)
        let first = ChargeAttempt.example().after(pending, remoteID: "remote_1")
        #expect(first?.remoteID == "remote_1")
        #expect(first?.after(pending, remoteID: nil)?.remoteID == "remote_1")
        #expect(first?.after(pending, remoteID: "remote_2")?.remoteID == "remote_2")
    }

    @Test(arguments: [ChargeAttempt.State.declined, .withdrawn])
    func `late money takes the decline back`(state: ChargeAttempt.State) throws {
        let paid = ChargeVerdict(.succeeded(at: Instant(milliseconds: 5), nil))
        let heard = try #require(asked(state).after(paid, remoteID: "remote_2"))
        #expect(heard.state == .succeeded && heard.code == nil && heard.remoteID == "remote_2")
    }
}
