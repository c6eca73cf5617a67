import Pledging
import Testing

/// Written out from the rules, a row for each state and a column for each cause, in this order:
/// charge succeeded (month, year, once), charge failed (month, year, once), waited too long, grace
/// ended, pause asked, resume due (method usable, not usable), cancel asked, paid after all (month,
/// year, once).
private let table: [PledgeState: [Expected<PledgeState, PledgeAction>]] = [
    .pending: [
        .to(.active, "pledge.activated"), .to(.active, "pledge.activated"),
        .to(.completed, "pledge.completed", [.dropMethod]), .to(.pastDue, "pledge.past_due"),
        .to(.pastDue, "pledge.past_due"), .stay,
        .to(.abandoned, "pledge.abandoned", [.cancelReminders, .dropMethod, .tellEnd]), .stay,
        .refuse, .refuse, .refuse, .to(.cancelled, "pledge.cancelled", [.cancelReminders]),
        .stay, .stay, .stay,
    ],
    .active: [
        .stay, .stay, .stay, .to(.pastDue, "pledge.past_due"), .to(.pastDue, "pledge.past_due"),
        .to(.pastDue, "pledge.past_due"), .stay, .stay,
        .to(.paused, "pledge.paused", [.cancelReminders]), .refuse, .refuse,
        .to(.cancelled, "pledge.cancelled", [.cancelReminders]), .stay, .stay, .stay,
    ],
    .pastDue: [
        .to(.active, "pledge.activated"), .to(.active, "pledge.activated"),
        .to(.active, "pledge.activated"), .stay, .stay, .stay, .stay,
        .to(.lapsed, "pledge.lapsed", [.cancelReminders, .tellEnd]),
        .to(.paused, "pledge.paused", [.cancelReminders]), .refuse, .refuse,
        .to(.cancelled, "pledge.cancelled", [.cancelReminders]), .stay, .stay, .stay,
    ],
    // A late success is booked and the state stays.
    .paused: [
        .stay, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .refuse,
        .to(.active, "pledge.resumed", [.cancelReminders]),
        .to(.pastDue, "pledge.past_due", [.cancelReminders]),
        .to(.cancelled, "pledge.cancelled", [.cancelReminders]), .stay, .stay, .stay,
    ],
    .completed: over(cancelling: .refuse), .cancelled: over(cancelling: .stay),
    .lapsed: givenUp, .abandoned: givenUp,
]

private let causes: [PledgeCause] = [
    .chargeSucceeded(.month), .chargeSucceeded(.year), .chargeSucceeded(.once),
    .chargeFailed(.month), .chargeFailed(.year), .chargeFailed(.once), .waitedTooLong, .graceEnded,
    .pauseAsked, .resumeDue(methodIsUsable: true),
    .resumeDue(methodIsUsable: false), .cancelAsked, .paidAfterAll(.month), .paidAfterAll(.year),
    .paidAfterAll(.once),
]

private func over(cancelling: Expected<PledgeState, PledgeAction>) -> [Expected<
    PledgeState, PledgeAction
>] {
    [
        .stay, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .refuse, .refuse, .refuse,
        cancelling, .stay, .stay, .stay,
    ]
}

/// Only money that arrives leads out of these.
private let givenUp: [Expected<PledgeState, PledgeAction>] =
    over(cancelling: .refuse).dropLast(3) + [
        .to(.active, "pledge.revived"), .to(.active, "pledge.revived"),
        .to(.completed, "pledge.completed"),
    ]

struct PledgeMachineTests {
    @Test func `the table knows every state and every cause`() {
        #expect(Set(table.keys) == Set(PledgeState.allCases))
        #expect(Set(causes) == Set(PledgeCause.all))
        #expect(causes.count == PledgeCause.all.count)
        #expect(table.values.allSatisfy { $0.count == causes.count })
    }

    @Test(arguments: PledgeState.allCases, causes)
    func `each cause does in each state what the rules say`(
        state: PledgeState, cause: PledgeCause
    ) throws {
        let row = try #require(table[state])
        let expected = row[try #require(causes.firstIndex(of: cause))]
        expected.check(state.on(cause))
    }

    @Test(arguments: PledgeState.allCases)
    func `nothing but money leads out of a final state`(state: PledgeState) {
        let isOver: Set<PledgeState> = [.completed, .cancelled, .lapsed, .abandoned]
        #expect(state.isFinal == isOver.contains(state))
        guard state.isFinal else { return }
        for cause in PledgeCause.all {
            if case .paidAfterAll = cause { continue }
            if case .move(let next, _, _) = state.on(cause) {
                Issue.record("\(state) moved to \(next) on \(cause)")
            }
        }
    }

    @Test(arguments: PledgeState.allCases)
    func `every state but pending is reached from another`(state: PledgeState) {
        let sources = PledgeState.allCases.filter { source in
            PledgeCause.all.contains { cause in
                if case .move(state, _, _) = source.on(cause) { source != state } else { false }
            }
        }
        #expect(sources.isEmpty == (state == .pending))
    }

    @Test(arguments: PledgeState.allCases, PledgeCause.all)
    func `an ended pledge leaves no promise about it open`(state: PledgeState, cause: PledgeCause) {
        guard case .move(let next, _, let actions) = state.on(cause), next.isFinal else { return }
        // A one-off completes at once, so it never had a reminder.
        #expect(actions.contains(.cancelReminders) || next == .completed)
    }

    @Test func `a pending pledge waits eight hours and a pause lasts a year at most`() {
        #expect(PledgeCause.pendingHours == 8)
        #expect(PledgeCause.pauseMaximumMonths == 12)
    }
}
