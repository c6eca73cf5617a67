import Pledging
import Testing

private let told: [Dispute.State] = [.open, .won, .lost]

/// Written out from the rules, a row for each state and a column for each state that the processor
/// tells, in the order of `told`. A lost dispute may be won in the end; none that is won is lost.
private let table: [Dispute.State: [DisputeStep]] = [
    .open: [.stay, .move(to: .won), .move(to: .lost, .countReturns)],
    .won: [.stay, .stay, .stay],
    .lost: [.stay, .move(to: .won, .countReturns), .stay],
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
    func `news in any order end alike`(first: Dispute.State, second: Dispute.State) {
        let ends = [[first, second], [second, first], [first, second, first, second]].map { news in
            news.reduce(Dispute.State.open) { state, heard in
                if case .move(let next, _) = state.on(heard) { next } else { state }
            }
        }
        let expected: Dispute.State =
            [first, second].contains(.won)
            ? .won : [first, second].contains(.lost) ? .lost : .open
        #expect(ends.allSatisfy { $0 == expected })
    }
}
