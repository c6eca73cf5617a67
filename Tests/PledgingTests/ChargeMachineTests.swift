import Pledging
import Testing

private typealias Cell = Expected<ChargeState, ChargeAction>

private let paid = Cell.to(.succeeded, "charge.succeeded", [.bookSuccess])
private let failed = Cell.to(.declined, "charge.declined", [.bookFailure])
private let foundPaid = Cell.to(.succeeded, "charge.resolved", [.bookSuccess])
private let foundUnpaid = Cell.to(.declined, "charge.resolved", [.bookFailure])
private let waitsForReader = Cell.to(
    .actionRequired, "charge.action_required", [.bookFailure])
private let begins = Cell.to(.submitted, "charge.submitted")
private let heldBack = Cell.to(.held, "charge.held")
private let dropped = Cell.to(.cancelled, "charge.cancelled")
private let givenUp = Cell.to(.closed, "charge.resolved")

private let causes: [ChargeCause] = [
    .attempted, .succeeded, .declined, .actionNeeded, .accepted, .lost, .setAside,
    .withdrawn, .unwanted, .holdEnded, .resolvedAsSucceeded, .resolvedAsNotReceived,
    .unreachableTooLong, .gaveAgain, .voided,
]

/// Written out from the rules, a row for each state and a column for each cause, in the order of
/// `causes`.
private let table: [ChargeState: [Cell]] = [
    .submitted: [
        .refuse, paid, failed, waitsForReader, .to(.pending, "charge.pending"),
        .to(.unknown, "charge.unknown"), heldBack, dropped, .stay, .stay, foundPaid, foundUnpaid,
        givenUp, .stay, .refuse,
    ],
    .pending: [
        .refuse, paid, failed, waitsForReader, .stay, .stay, heldBack, .stay, .stay, .stay,
        foundPaid, .refuse, givenUp, .stay, .refuse,
    ],
    // An unknown charge blocks every attempt until its outcome is known.
    .unknown: [
        .refuse, paid, failed, waitsForReader, .to(.pending, "charge.pending"), .stay, heldBack,
        .stay, .stay, .stay, foundPaid, foundUnpaid, givenUp, .stay, .refuse,
    ],
    .actionRequired: [
        .refuse, paid, failed, .stay, .to(.pending, "charge.pending"), .stay, .stay, .stay,
        dropped, .stay, .refuse, .refuse, givenUp, .stay, .refuse,
    ],
    .held: [
        begins, paid, failed, .stay, .stay, .stay, .stay, .stay, dropped,
        .to(.skipped, "charge.skipped"), .refuse, .refuse, .stay, heldBack,
        .refuse,
    ],
    .declined: [
        begins, paid, .stay, .stay, .stay, .stay, .stay, .stay, dropped,
        .to(.skipped, "charge.skipped"), foundPaid, .stay, .stay, heldBack,
        .refuse,
    ],
    .succeeded: [
        .refuse, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .refuse,
        .stay, .stay, dropped,
    ],
    .skipped: over, .cancelled: over, .closed: over,
]

/// A charge that is over is still paid by money that comes late.
private let over: [Cell] = [
    .refuse, paid, .stay, .stay, .stay, .stay, .stay, .stay, .stay, .stay, foundPaid, .refuse,
    .stay, .stay, .refuse,
]

struct ChargeMachineTests {
    @Test func `the table knows every state and every cause`() {
        #expect(Set(table.keys) == Set(ChargeState.allCases))
        #expect(Set(causes) == Set(ChargeCause.allCases))
        #expect(causes.count == ChargeCause.allCases.count)
        #expect(table.values.allSatisfy { $0.count == causes.count })
    }

    @Test(arguments: ChargeState.allCases, causes)
    func `each cause does in each state what the rules say`(
        state: ChargeState, cause: ChargeCause
    ) throws {
        let row = try #require(table[state])
        let expected = row[try #require(causes.firstIndex(of: cause))]
        expected.check(state.on(cause))
    }

    @Test(arguments: ChargeState.allCases)
    func `nothing but money leads out of a charge that is over`(state: ChargeState) {
        let isOver: Set<ChargeState> = [.succeeded, .skipped, .cancelled, .closed]
        #expect(state.isOver == isOver.contains(state))
        guard state.isOver else { return }
        // Only a payment that a person recorded is taken back.
        for cause in ChargeCause.allCases where state != .succeeded || cause != .voided {
            if case .move(let next, _, _) = state.on(cause) { #expect(next == .succeeded) }
        }
    }

    @Test(arguments: ChargeState.allCases)
    func `while the processor may have the money nobody tries again`(state: ChargeState) {
        #expect(state.isInDoubt == [.submitted, .pending, .unknown].contains(state))
        guard state.isInDoubt else { return }
        guard case .refuse = state.on(.attempted) else {
            Issue.record("a second attempt from \(state)")
            return
        }
    }

    @Test(arguments: ChargeState.allCases)
    func `money is booked from every state but the one in which it was booked`(
        state: ChargeState
    ) {
        guard case .move(let next, _, let actions) = state.on(.succeeded) else {
            #expect(state == .succeeded)
            return
        }
        #expect(next == .succeeded && actions == [.bookSuccess])
    }

    @Test(arguments: ChargeState.allCases)
    func `every state is reached, from another or as the first`(state: ChargeState) {
        let sources = ChargeState.allCases.filter { source in
            ChargeCause.allCases.contains { cause in
                if case .move(state, _, _) = source.on(cause) { source != state } else { false }
            }
        }
        #expect(!sources.isEmpty)
    }
}
