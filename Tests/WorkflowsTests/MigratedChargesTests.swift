import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// MigratePaymentMethods: where the charges of moved pledges go.
@Suite struct MigratedChargesTests {
    @Test func `the next charge goes to the new processor, on its day, by the new token`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        let former = test.processor(.succeed)
        let other = test.otherProcessor()
        try await test.migrate("tok_planted,tok_new")
        try test.moveClock(to: "2026-12-14T12:00:00Z")
        try await test.bill(through: former, and: other)
        #expect(other.orders.isEmpty)
        try test.moveClock(to: "2026-12-15T12:00:00Z")
        try await test.bill(through: former, and: other)
        #expect(other.orders.map(\.method.token) == ["tok_new"] && former.orders.isEmpty)
        let paid = try await test.pledge(pledge.id)
        #expect(paid.chargesSucceeded == 1 && paid.nextChargeOn == CivilDate("2027-01-15"))
        try await expectSound(test)
    }

    @Test func `a charge in doubt stays with the processor that it was sent to`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let former = test.processor(.lose(.succeed))
        let other = test.otherProcessor()
        try await test.bill(through: former, and: other)
        #expect(try await test.onlyCharge().state == .unknown)
        try await test.migrate("tok_planted,tok_new")
        test.now = test.now.adding(seconds: 300)
        try await test.bill(through: former, and: other)
        // Looked up, not sent again: its token is gone.
        #expect(former.orders.count == 1 && former.lookUps.count == 1 && other.orders.isEmpty)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.processor == "sandbox")
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 1)
        try await expectSound(test)
    }

    @Test func `a softly declined charge is tried again on its day, by the new token`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let former = test.processor(.decline("insufficient_funds"))
        let other = test.otherProcessor()
        try await test.bill(through: former, and: other)
        try await test.migrate("tok_planted,tok_new")
        try await test.bill(through: former, and: other)
        #expect(former.orders.count == 1 && other.orders.isEmpty)
        try test.moveClock(to: "2026-11-23T12:00:00Z")
        try await test.bill(through: former, and: other)
        #expect(former.orders.count == 1)
        #expect(other.orders.map(\.method.token) == ["tok_new"])
        #expect(try await test.onlyCharge().state == .succeeded)
        try await expectSound(test)
    }

    @Test func `what a bank refused for good is not tried again at another processor`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let former = test.processor(.decline("stolen_card"))
        let other = test.otherProcessor()
        try await test.bill(through: former, and: other)
        try await test.migrate("tok_planted,tok_new,4242", columns: "old_token,new_token,last4")
        let new = try #require(try await test.methods().first { $0.processor == "other" })
        #expect(new.state == .dead)
        for day in ["2026-11-22", "2026-11-23", "2026-12-06"] {
            try test.moveClock(to: "\(day)T13:00:00Z")
            try await test.bill(through: former, and: other)
        }
        #expect(former.orders.count == 1 && other.orders.isEmpty)
        try await expectSound(test)
    }

    @Test(arguments: [("last4", "4444"), ("expires", "2031-01")])
    func `another card that the map brings is tried at once`(
        column: String, value: String
    ) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let former = test.processor(.decline("stolen_card"))
        let other = test.otherProcessor()
        try await test.bill(through: former, and: other)
        try await test.migrate(
            "tok_planted,tok_new,\(value)", columns: "old_token,new_token,\(column)")
        #expect(other.orders.isEmpty)
        try await test.bill(through: former, and: other)
        #expect(other.orders.count == 1)
        #expect(try await test.onlyCharge().state == .succeeded)
        try await expectSound(test)
    }

    // MARK: Import

    @Test(arguments: ["2026-11-22", "2026-11-15", "2026-12-15"])
    func `an imported pledge is charged by nothing but a billing run, when it is due`(
        nextChargeOn: String
    ) async throws {
        let test = try await TestBook()
        let started = nextChargeOn.replacing("2026-1", with: "2025-1")
        try await test.importRow(["started_on": started, "next_charge_on": nextChargeOn])
        #expect(try await test.charges().isEmpty)
        #expect(try await test.mails().isEmpty)
        let processor = test.processor(.succeed)
        // What was due by the day of the import was collected elsewhere.
        try await test.bill(through: processor)
        #expect(processor.orders.isEmpty)
        let due = try #require(try await test.pledges().first?.nextChargeOn)
        #expect(due > test.now.utcDate)
        try await test.bill(through: processor, on: due.description)
        #expect(processor.orders.count == 1)
        try await expectSound(test)
    }
}
