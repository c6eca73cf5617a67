import Pledging
import Testing

private let told: [Dispute.State] = [.open, .won, .lost]

/// Written out from the rules, a row for each state and a column for each state that the processor
/// tells, in the order of `told`. A bank's decision does not change.
private let table: [Dispute.State: [DisputeStep]] = [
    .open: [.stay, .move(to: .won), .move(to: .lost, .countReturn)],
    .won: [.stay, .stay, .stay],
    .lost: [.stay, .stay, .stay],
]

struct DisputeMachineTests {
    @Test func `the table knows every state`() {
        #expect(Set(table.keys) == Set(Dispute.State.allCases))
        #expect(Set(told) == Set(Dispute.State.allCases))
        #expect(table.values.allSatisfy { $0.count == told.count })
    }

    @Test(arguments: Dispute.State.allCases, told)
    func `each state that is told does in each state what the rules say`(
        state: Dispute.State, heard: Dispute.State
    ) throws {
        let row = try #require(table[state])
        #expect(state.on(heard) == row[try #require(told.firstIndex(of: heard))])
    }

    @Test(arguments: told, told)
    func `a lost dispute is counted once, in whatever order it is told`(
        first: Dispute.State, second: Dispute.State
    ) {
        var state = Dispute.State.open
        var counted = 0
        for heard in [first, second, first, second] {
            guard case .move(let next, let effect) = state.on(heard) else { continue }
            state = next
            if effect == .countReturn { counted += 1 }
        }
        #expect(counted == (state == .lost ? 1 : 0))
        #expect((state == .open) == (first == .open && second == .open))
    }
}
