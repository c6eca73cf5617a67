import OpenSSL
import Pledging
import Store
import TestSupport
import Testing

/// Each entity is read as it was written: each field has its own column, whether all optional
/// fields are set or none.
@Suite struct StoredEntityTests {
    private let book: EntityBook

    init() async throws { book = try await EntityBook() }

    // MARK: Supporters and payment methods

    @Test func `a supporter`() async throws {
        var full = Supporter(
            id: try book.id(),
            contact: Contact(
                email: try EmailAddress("Full@example.org"), name: "Full", locale: "ru",
                timeZone: "Europe/Riga", country: "LV"),
            confirmedAt: at(1), createdAt: at(2))
        let sparse = Supporter(
            id: try book.id(), contact: Contact(email: try EmailAddress("bare@example.org")),
            createdAt: at(3))
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) },
            read: { try $0.supporter($1.id) })
        full.version = 2
        full.contact = nil
        full.confirmedAt = nil
        full.erasedAt = at(4)
        try await book.expectUpdated(
            full, update: { try $0.update($1, at: .noon) },
            read: { try $0.supporter($1.id) })
    }

    @Test func `a payment method`() async throws {
        let full = PaymentMethod(
            id: try book.id(), supporterID: book.supporter.id, kind: .sepaDebit,
            processor: "elsewhere",
            secret: .init(
                token: "tok", customer: "cus", mandate: "man", brand: "visa", last4: "4242",
                fingerprint: "fin", issuingCountry: "LV"),
            expires: YearMonth("2027-03"), state: .expiring, createdAt: at(1))
        var sparse = PaymentMethod(
            id: try book.id(), supporterID: book.supporter.id, kind: .card, processor: "sandbox",
            secret: .init(token: "tok"), expires: nil, state: .active, createdAt: at(2))
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) },
            read: { try $0.paymentMethod($1.id) })
        sparse.version = 2
        sparse.secret = nil
        sparse.expires = YearMonth("2028-12")
        sparse.state = .replaced
        sparse.replacedByID = full.id
        try await book.expectUpdated(
            sparse, update: { try $0.update($1, at: .noon) },
            read: { try $0.paymentMethod($1.id) })
    }

    // MARK: Pledges

    @Test func `a pledge`() async throws {
        let full = Pledge(
            id: try book.id(), supporterID: book.supporter.id, paymentMethodID: book.method.id,
            amount: try book.money(1_200), interval: .month, collectEvery: 3, needsNotice: true,
            receipts: .yearly, state: .paused, anchor: Anchor(try book.day("2026-01-31")),
            startedOn: try book.day("2026-01-30"), nextChargeOn: try book.day("2026-06-30"),
            nextPeriod: 4,
            pausedUntil: try book.day("2026-06-15"), dueBeforePause: try book.day("2026-04-30"),
            lastChargedOn: try book.day("2026-03-31"), chargesSucceeded: 2,
            totalGiven: try book.money(2_400), predecessorID: book.pledge.id, source: "page",
            createdAt: at(1))
        let sparse = Pledge(
            id: try book.id(), supporterID: book.supporter.id, paymentMethodID: nil,
            amount: try book.money(700),
            interval: .once, state: .pending, anchor: Anchor(try book.day("2026-02-03")),
            startedOn: try book.day("2026-02-03"), nextChargeOn: try book.day("2026-02-03"),
            createdAt: at(2))
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) }, read: { try $0.pledge($1.id) })

        var changed = sparse
        changed.version = 2
        changed.paymentMethodID = book.method.id
        changed.amount = try book.money(800)
        changed.interval = .month
        changed.collectEvery = 6
        changed.needsNotice = true
        changed.receipts = .yearly
        changed.state = .paused
        changed.anchor = Anchor(try book.day("2026-05-17"))
        changed.nextChargeOn = try book.day("2026-05-18")
        changed.pausedUntil = try book.day("2026-05-19")
        changed.dueBeforePause = try book.day("2026-05-20")
        changed.source = "another page"
        try await book.expectUpdated(
            changed, update: { try $0.update($1, at: .noon) },
            read: { try $0.pledge($1.id) })
        changed.version = 3
        changed.state = .cancelled
        changed.nextChargeOn = nil
        changed.pausedUntil = nil
        changed.dueBeforePause = nil
        changed.source = nil
        changed.cancellation = Cancellation(reason: .other, by: .processor, note: "words")
        changed.endedAt = at(3)
        try await book.expectUpdated(
            changed, update: { try $0.update($1, at: .noon) },
            read: { try $0.pledge($1.id) })
    }

    @Test func `a reminder`() async throws {
        let full = Reminder(
            id: try book.id(), supporterID: book.supporter.id, kind: .support,
            subjectID: book.supporter.id.text, period: "2", dueOn: try book.day("2026-12-01"),
            dueAt: at(1),
            series: .init(everyMonths: 3, firstOn: try book.day("2026-09-01")), occurrence: 2,
            confirmedAt: at(2), consent: .init(at: at(3), door: "api", wording: "w1"),
            createdAt: at(4))
        var sparse = Reminder(
            id: try book.id(), supporterID: book.supporter.id, kind: .pauseEnding,
            subjectID: book.pledge.id.text, period: "2026-12-02", dueOn: try book.day("2026-12-02"),
            dueAt: at(5), createdAt: at(6))
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) },
            read: { try $0.reminder($1.id) })
        sparse.version = 2
        sparse.dueOn = try book.day("2026-12-03")
        sparse.dueAt = at(7)
        sparse.confirmedAt = at(8)
        sparse.state = .skipped
        sparse.reason = "tooLate"
        try await book.expectUpdated(
            sparse, update: { try $0.update($1, at: .noon) },
            read: { try $0.reminder($1.id) })
    }

    // MARK: Charges

    @Test func `a charge`() async throws {
        let full = Charge(
            id: try book.id(), pledgeID: book.pledge.id, supporterID: book.supporter.id,
            firstPeriod: 1,
            periodCount: 3, amount: try book.money(1_500), dueOn: try book.day("2026-02-28"),
            state: .succeeded, reason: "held_before", attempts: 2,
            firstAttemptOn: try book.day("2026-02-27"), nextStepAt: at(1), processor: "elsewhere",
            remoteID: "pi_1", paidAt: at(2),
            settlement: Settlement(
                feeMinor: 30, netMinor: 1_470, currency: "EUR", payoutID: "po_1"),
            refundedMinor: 5, note: "note", createdAt: at(3))
        let sparse = Charge(
            id: try book.id(), pledgeID: book.pledge.id, supporterID: book.supporter.id,
            firstPeriod: 4,
            amount: try book.money(500), dueOn: try book.day("2026-05-31"), state: .submitted,
            createdAt: at(4))
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) }, read: { try $0.charge($1.id) })
        var changed = sparse
        changed.version = 2
        changed.state = .succeeded
        changed.reason = "late"
        changed.attempts = 3
        changed.firstAttemptOn = try book.day("2026-06-01")
        changed.nextStepAt = at(5)
        changed.processor = "sandbox"
        changed.remoteID = "pi_2"
        changed.paidAt = at(6)
        changed.settlement = Settlement(feeMinor: 1, netMinor: 499, currency: "USD")
        changed.refundedMinor = 7
        changed.note = "words"
        try await book.expectUpdated(
            changed, update: { try $0.update($1, at: .noon) },
            read: { try $0.charge($1.id) })
    }

    @Test func `an attempt, a refund and a dispute of a charge`() async throws {
        let charge = try await book.storedCharge()
        let full = ChargeAttempt(
            chargeID: charge.id, number: 1, paymentMethodID: book.method.id, processor: "elsewhere",
            state: .declined, code: "lost_card", remoteID: "pi", startedAt: at(1),
            leasedUntil: at(2), questions: 3, absentSince: at(4))
        var sparse = ChargeAttempt(
            chargeID: charge.id, number: 2, paymentMethodID: book.method.id, processor: "sandbox",
            startedAt: at(5), leasedUntil: nil)
        try await book.expect(
            full, sparse, insert: { try $0.insert($1) },
            read: { try $0.attempt($1.chargeID, $1.number) })
        sparse.state = .unknown
        sparse.code = "timeout"
        sparse.remoteID = "pi_2"
        sparse.leasedUntil = at(6)
        sparse.questions = 4
        sparse.absentSince = at(7)
        try await book.expectUpdated(
            sparse, update: { try $0.update($1) },
            read: { try $0.attempt($1.chargeID, $1.number) })
        #expect(try await book.read { try $0.attempts(of: charge.id) } == [full, sparse])

        let refund = Refund(
            id: try book.id(), chargeID: charge.id, number: 1, amount: try book.money(3),
            state: .pending, remoteID: "re", reason: "asked", nextStepAt: at(8), createdAt: at(9))
        var open = Refund(
            id: try book.id(), chargeID: charge.id, number: 2, amount: try book.money(4),
            nextStepAt: nil,
            createdAt: at(10))
        try await book.expect(
            refund, open, insert: { try $0.insert($1) },
            read: { transaction, refund in
                try transaction.refunds(of: charge.id).first { $0.id == refund.id }
            })
        open.state = .failed
        open.remoteID = "re_2"
        open.reason = "closed"
        open.nextStepAt = at(11)
        try await book.expectUpdated(
            open, update: { try $0.update($1, at: .noon) },
            read: { try $0.refunds(of: $1.chargeID).last })

        var dispute = Dispute(
            id: try book.id(), chargeID: charge.id, processor: "elsewhere", remoteID: "dp",
            amount: try book.money(5), createdAt: at(12))
        try await book.expect(
            dispute, insert: { try $0.insert($1) },
            read: { try $0.disputes(of: $1.chargeID).first })
        dispute.state = .lost
        try await book.expectUpdated(
            dispute, update: { try $0.setState(.lost, of: $1, at: .noon) },
            read: { try $0.disputes(of: $1.chargeID).first })
    }
}
