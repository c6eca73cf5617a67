import Mail
import Payments
import Pledging
import SQLiteDriver
import Store
import TestSupport
import Testing

@testable import Simulation

/// Every check of the simulation finds the fault that it is for.
@Suite struct ChecksTests {
    /// Returns the complaints after `body` has broken something in a sound world.
    private func complaints(
        after body: @escaping @Sendable (World) async throws -> Void
    ) async throws -> String {
        let scenario = Scenario(seed: 5, pledges: 30, months: 4, profile: .calm)
        return try await SeededExecutor(seed: scenario.seed).run {
            let world = try await World(scenario)
            try await world.liveDays()
            do {
                try await body(world)
            } catch let failure as SimulationFailure {
                return failure.complaints.joined(separator: "\n")
            }
            return ""
        }
    }

    // MARK: Books

    private static let paid = """
        (SELECT id FROM charges WHERE state = 'succeeded' AND refunded_minor = 0
            AND NOT EXISTS (SELECT 1 FROM charges AS other
                WHERE other.pledge_id = charges.pledge_id AND other.state <> 'succeeded')
            ORDER BY id DESC LIMIT 1)
        """
    private static let unpaid =
        "paid_at = NULL, fee_minor = NULL, net_minor = NULL, settlement_currency = NULL, "
        + "payout_id = NULL"

    static let days: [(String, String)] = [
        (
            "UPDATE charges SET state = 'unknown', \(unpaid) WHERE id = \(paid)",
            "an open charge that nothing will ever move"
        ),
        ("UPDATE charges SET amount_minor = amount_minor + 1 WHERE id = \(paid)", "succeeded over"),
        ("UPDATE charges SET remote_id = 'pay_0' WHERE id = \(paid)", "has no such payment"),
        ("DELETE FROM events WHERE subject_id = \(paid)", "every version has its event"),
        (
            """
            UPDATE charges SET period_count = 12
            WHERE first_period = 1 AND pledge_id = (SELECT pledge_id FROM charges
                WHERE first_period = 2 ORDER BY id LIMIT 1)
            """, "no period is covered by two charges"
        ),
        (
            "UPDATE pledges SET charges_succeeded = charges_succeeded + 1",
            "a pledge counts its payments"
        ),
    ]

    @Test(arguments: days) func `a day's check finds what is wrong with the book`(
        _ sql: String, _ words: String
    ) async throws {
        let found = try await complaints { world in
            try await world.tamper(sql)
            try await world.checkDay(0)
        }
        #expect(found.contains(words), "\(found)")
    }

    static let ends: [(String, String)] = [
        (
            """
            UPDATE charges SET state = 'pending', \(unpaid), created_at = 1, next_step_at = 1
            WHERE id = \(paid)
            """, "still in doubt"
        ),
        (
            """
            UPDATE charges SET state = 'held', \(unpaid), created_at = 1, next_step_at = 1
            WHERE id = \(paid)
            """, "still held"
        ),
        (
            """
            UPDATE charges SET state = 'declined', \(unpaid), due_on = '2026-01-01'
            WHERE id = \(paid)
            """, "still open"
        ),
        (
            """
            UPDATE pledges SET state = 'pending', created_at = 1, next_charge_on = '2026-01-01'
            WHERE id = (SELECT id FROM pledges WHERE state = 'active' ORDER BY id LIMIT 1)
            """, "still pending"
        ),
        ("UPDATE refunds SET state = 'unknown', created_at = 1", "a refund still waits"),
        ("UPDATE processor_events SET state = 'failed'", "a message was never applied"),
        ("UPDATE charges SET currency = 'CHF' WHERE id = \(paid)", "the books differ"),
        ("UPDATE charges SET refunded_minor = 1 WHERE id = \(paid)", "we have"),
        ("UPDATE payouts SET amount_minor = amount_minor + 1", "the balance is"),
    ]

    @Test(arguments: ends) func `the last check finds what never came to rest`(
        _ sql: String, _ words: String
    ) async throws {
        let found = try await complaints { world in
            try await world.tamper("DELETE FROM charge_attempts WHERE charge_id = \(Self.paid)")
            try await world.tamper(sql)
            try await world.checkRest()
        }
        #expect(found.contains(words), "\(found)")
    }

    @Test func `a pledge that lapsed untold is seen`() async throws {
        let found = try await complaints { world in
            let rows = try await world.desk.database.transaction(.read) {
                try $0.run(Statement("SELECT id, pledge_id FROM charges WHERE id = \(Self.paid)"))
            }
            let (charge, pledge) = (try rows[0].text(0), try rows[0].text(1))
            try await world.tamper(
                "UPDATE charges SET state = 'cancelled', \(Self.unpaid) WHERE id = $1", charge)
            try await world.tamper(
                """
                UPDATE pledges SET state = 'lapsed', next_charge_on = NULL,
                    ended_at = \(world.clock.now.milliseconds) WHERE id = $1
                """, pledge)
            try await world.checkRest()
        }
        #expect(found.contains("was told nothing before"), "\(found)")
        #expect(found.contains("was not told of the end"), "\(found)")
    }

    // MARK: The processor and the post

    @Test func `a period that is paid twice, too soon, or under a used key is seen`() async throws {
        let found = try await complaints { world in
            let payment = try #require(
                world.processor.payments.last {
                    $0.taken && $0.refunded == 0 && Mood(token: $0.token) == .good
                })
            let known = payment.reference
            func pay(attempt: Int, minor: Int64) async {
                let reference = ChargeReference(
                    bookID: known.bookID, chargeID: known.chargeID, pledgeID: known.pledgeID,
                    firstPeriod: known.firstPeriod, periodCount: known.periodCount,
                    attempt: attempt)
                _ = await world.processor.collect(
                    ChargeOrder(
                        reference: reference,
                        amount: Money(minorUnits: minor, currency: payment.amount.currency),
                        kind: .card, method: .init(token: payment.token)))
            }
            for attempt in 7...9 { await pay(attempt: attempt, minor: 500) }
            await pay(attempt: 9, minor: 600)
            try await world.checkDay(0)
        }
        #expect(found.contains("took money for a period that"), "\(found)")
        #expect(found.contains("was reused for another order"), "\(found)")
    }

    @Test func `a mail that comes twice is seen`() async throws {
        let found = try await complaints { world in
            let rows = try await world.desk.database.transaction(.read) {
                try $0.run("SELECT id FROM mail_messages WHERE state = 'sent' ORDER BY id LIMIT 1")
            }
            let id = try #require(rows.first).text(0)
            let mail = RenderedMail(mailID: id, envelopeFrom: "a@b.c", envelopeTo: "", bytes: [])
            for _ in 0..<9 { _ = await world.desk.post.deliver(mail) }
            try await world.checkStep()
        }
        #expect(found.contains("a reader received two mails about"), "\(found)")
    }

    // MARK: Orders

    private static let itsPledge = "(SELECT pledge_id FROM charges WHERE id = $1)"
    private static let theOneBefore = """
        (SELECT before.id FROM charges JOIN charges AS before
            ON before.pledge_id = charges.pledge_id AND before.first_period = 1
        WHERE charges.id = $1)
        """

    static let orders: [(String, String?)] = [
        ("UPDATE charges SET version = version WHERE id = $1", nil),
        ("UPDATE charges SET attempts = attempts + 1 WHERE id = $1", "as attempt 2"),
        (
            """
            UPDATE pledges SET state = 'cancelled', cancel_reason = 'mistake',
                cancelled_by = 'staff', ended_at = 1, next_charge_on = NULL
            WHERE id = \(itsPledge)
            """, "its pledge is cancelled"
        ),
        ("UPDATE charges SET due_on = '2099-01-01' WHERE id = \(theOneBefore)", "too soon after"),
        (
            "UPDATE pledges SET interval = 'year', collect_every = 1 WHERE id = \(itsPledge)",
            "its notice was never sent"
        ),
        (
            "UPDATE charges SET amount_minor = amount_minor * 2 WHERE id = $1",
            "its notice was never sent"
        ),
        (
            """
            INSERT INTO risk_policies (country, policy, refuse_from, updated_at)
            SELECT value, 'refuse', NULL, 1 FROM json_each('["DE", "US", "FR", "RU"]')
            WHERE $1 <> '' ON CONFLICT (country) DO UPDATE SET policy = 'refuse'
            """, "is refused"
        ),
        (
            """
            INSERT INTO risk_policies (country, policy, refuse_from, updated_at)
            SELECT value, 'allow', '2026-01-01', 1 FROM json_each('["DE", "US", "FR", "RU"]')
            WHERE $1 <> '' ON CONFLICT (country) DO UPDATE SET refuse_from = '2026-01-01'
            """, "is refused"
        ),
    ]

    @Test(arguments: orders) func `an order that must not be sent is seen`(
        _ sql: String, _ words: String?
    ) async throws {
        let found = try await complaints { world in
            let charge = try await world.secondMonth()
            try await world.tamper(
                """
                UPDATE charges SET state = 'submitted', \(Self.unpaid), next_step_at = 1
                WHERE id = $1
                """, charge.id.text)
            try await world.tamper(sql, charge.id.text)
            let program = try world.desk.program()
            let stored = try await world.desk.book.read { try $0.charge(charge.id) }
            let order = ChargeOrder(
                reference: ChargeReference(charge, attempt: 1, bookID: "book"),
                amount: try #require(stored).amount, kind: .card,
                // This token always declines, so no money moves; the check looks at the order.
                method: .init(token: "tok_1_broke"))
            _ = await program.processor.collect(order)
            try await world.checkStep()
        }
        guard let words else { return #expect(found.isEmpty, "\(found)") }
        #expect(found.contains(words), "\(found)")
    }
}

extension World {
    fileprivate func tamper(_ sql: String, _ id: String? = nil) async throws {
        _ = try await desk.database.transaction(.write) {
            try $0.run(Statement(sql), [id.map { [.text($0)] } ?? []])
        }
    }

    /// The second month of somebody who pays monthly by card, paid a day ago or longer.
    fileprivate func secondMonth() async throws -> Charge {
        let old = clock.now.adding(days: -2).milliseconds
        let rows = try await desk.database.transaction(.read) {
            try $0.run(
                """
                SELECT charges.id FROM charges
                JOIN pledges ON pledges.id = charges.pledge_id
                JOIN payment_methods ON payment_methods.id = payment_method_id
                WHERE charges.state = 'succeeded' AND first_period = 2 AND period_count = 1
                    AND attempts = 1 AND pledges.state = 'active' AND interval = 'month'
                    AND refunded_minor = 0 AND kind <> 'sepaDebit' AND paid_at < $1
                    AND NOT EXISTS (SELECT 1 FROM charges AS other
                        WHERE other.pledge_id = pledges.id AND other.state <> 'succeeded')
                ORDER BY charges.id LIMIT 1
                """, .integer(old))
        }
        let id = try ID<Charge>(parsing: try #require(rows.first).text(0))
        let charge = try await desk.book.read { try $0.charge(id) }
        return try #require(charge)
    }
}
