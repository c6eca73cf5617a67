import Pledging
import Testing

struct ChargeReferenceTests {
    private let pledge = ID<Pledge>(bits: 1)

    private func charge(_ id: UInt128, period: Int = 7) throws -> Charge {
        let currency = try Currency("USD")
        return Charge(
            id: ID(bits: id), pledgeID: pledge, supporterID: ID(bits: 1), firstPeriod: period,
            amount: Money(minorUnits: 500, currency: currency),
            dueOn: CivilDate(daysSinceEpoch: 20_000), state: .submitted,
            createdAt: Instant(milliseconds: 0))
    }

    @Test func `a key is pledge, period and attempt`() throws {
        let reference = ChargeReference(try charge(2), attempt: 3, bookID: "book_1")
        #expect(reference.key == "\(pledge.text):7:3")
    }

    @Test func `a copy of the book that names the charge otherwise makes the same key`() throws {
        let here = ChargeReference(try charge(2), attempt: 1, bookID: "book_1")
        let there = ChargeReference(try charge(3), attempt: 1, bookID: "book_1")
        #expect(here != there)
        #expect(here.key == there.key)
    }

    @Test func `each attempt and each period has a key of its own`() throws {
        let first = try charge(2)
        let second = try charge(2, period: 8)
        let keys = (1...5).flatMap { attempt in
            [first, second].map { ChargeReference($0, attempt: attempt, bookID: "book_1").key }
        }
        #expect(Set(keys).count == 10)
        // Stripe takes keys of up to 255 characters.
        #expect(keys.allSatisfy { $0.utf8.count < 60 })
    }

    @Test func `an event of a charge tells amounts, states and reasons, and no person`() throws {
        var charge = try charge(2)
        charge.state = .declined
        charge.reason = "insufficient_funds"
        charge.note = "words of an operator"
        charge.remoteID = "remote_1"
        let text = charge.eventData(previous: .submitted).text
        #expect(text.contains("\"state\":\"declined\""))
        #expect(text.contains("\"previous_state\":\"submitted\""))
        #expect(text.contains("\"amount\":{\"amount\":\"5.00\",\"currency\":\"USD\"}"))
        #expect(text.contains("insufficient_funds"))
        #expect(!text.contains("words") && !text.contains("refunded"))
        charge.refundedMinor = 120
        #expect(
            charge.eventData().text.contains(
                "\"refunded\":{\"amount\":\"1.20\",\"currency\":\"USD\"}"))
    }
}
