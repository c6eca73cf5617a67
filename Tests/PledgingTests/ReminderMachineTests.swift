import Pledging
import Testing

/// Written out from the rules, a row for each state and a column for each cause, in this order:
/// due, unwanted, cancel asked, mail accepted, mail refused.
private let table: [ReminderState: [Expected<ReminderState, ReminderAction>]] = [
    .scheduled: [
        .to(.queued, "reminder.queued", [.queueMail, .scheduleNext]),
        .to(.skipped, "reminder.skipped"), .to(.cancelled, "reminder.cancelled"), .stay, .stay,
    ],
    .queued: [
        .stay, .to(.skipped, "reminder.skipped"), .refuse, .to(.sent, "reminder.sent"),
        .to(.failed, "reminder.failed"),
    ],
    .sent: [.stay, .stay, .refuse, .stay, .stay],
    .failed: [.stay, .stay, .refuse, .stay, .stay],
    .skipped: [.stay, .stay, .refuse, .stay, .stay],
    // Cancelling again changes nothing.
    .cancelled: [.stay, .stay, .stay, .stay, .stay],
]

private let causes: [ReminderCause] = [.due, .unwanted, .cancelAsked, .mailAccepted, .mailRefused]

struct ReminderMachineTests {
    @Test func `the table knows every state and every cause`() {
        #expect(Set(table.keys) == Set(ReminderState.allCases))
        #expect(Set(causes) == Set(ReminderCause.allCases))
        #expect(table.values.allSatisfy { $0.count == causes.count })
    }

    @Test(arguments: ReminderState.allCases, causes)
    func `each cause does in each state what the rules say`(
        state: ReminderState, cause: ReminderCause
    ) throws {
        let row = try #require(table[state])
        let expected = row[try #require(causes.firstIndex(of: cause))]
        expected.check(state.on(cause))
    }

    @Test(arguments: ReminderState.allCases)
    func `a mail is written on one way only, from scheduled to queued`(state: ReminderState) {
        for cause in ReminderCause.allCases {
            guard case .move(let next, _, let actions) = state.on(cause),
                actions.contains(.queueMail)
            else { continue }
            #expect(state == .scheduled)
            #expect(next == .queued)
        }
    }
}
