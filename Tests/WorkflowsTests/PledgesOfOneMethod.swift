import Pledging
import Store
import TestSupport
import Testing

extension TestBook {
    /// Plants one more pledge of the planted person, with the same method.
    func plantSecondPledge(of planted: Planted, in state: PledgeState) async throws -> Pledge {
        let first = try #require(planted.pledge)
        let pledge = Pledge(
            id: ID(bits: first.id.bits + 1), supporterID: first.supporterID,
            paymentMethodID: first.paymentMethodID, amount: first.amount, interval: .month,
            state: state, anchor: first.anchor, startedOn: first.startedOn,
            nextChargeOn: state.isFinal ? nil : first.nextChargeOn,
            cancellation: state == .cancelled ? Cancellation(reason: .other, by: .staff) : nil,
            endedAt: state.isFinal ? now : nil, createdAt: now)
        let event = Event(
            id: ID(bits: first.id.bits + 2), type: .pledgeRegistered, subjectID: pledge.id.text,
            sequence: 1, at: now, actor: .job("planting"), data: pledge.eventData())
        try await book.write { transaction in
            try transaction.insert(pledge)
            try transaction.append([event])
        }
        return pledge
    }
}
