import Pledging
import TestSupport
import Testing
import Workflows

/// ImportBook: what a row's pledge becomes.
@Suite struct ImportedPledgeTests {
    @Test func `a pledge is taken over as it is`() async throws {
        let test = try await TestBook()
        let found = try await test.importRow([
            "last_charged_on": "2026-11-15", "method_brand": "visa", "method_last4": "4242",
            "method_expires": "2029-04", "method_country": "US",
        ])
        #expect(found.summary.movedCharges == 0)
        let pledge = try #require(try await test.pledges().first)
        #expect(pledge.state == .active && pledge.amount.description == "5.00 USD")
        #expect(pledge.startedOn == CivilDate("2026-01-15"))
        #expect(pledge.nextChargeOn == CivilDate("2026-12-15"))
        #expect(pledge.lastChargedOn == CivilDate("2026-11-15"))
        let method = try #require(try await test.methods().first)
        #expect(method.secret?.issuingCountry == "US" && method.expires == YearMonth("2029-04"))
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [
        ("2026-01-22", "2026-11-22", "2026-12-22"), ("2026-01-15", "2026-11-15", "2026-12-15"),
        ("2026-01-31", "2026-02-28", "2026-11-30"), ("2026-01-23", "2020-01-23", "2026-11-23"),
    ])
    func `a charge that is due today or was before moves to the next anchor date`(
        started: String, due: String, expected: String
    ) async throws {
        let test = try await TestBook()
        let found = try await test.importRow(["started_on": started, "next_charge_on": due])
        #expect(found.summary.movedCharges == 1)
        #expect(try await test.pledges().first?.nextChargeOn == CivilDate(expected))
        #expect(try await test.faults() == [])
    }

    @Test func `today is the newsroom's day`() async throws {
        var newsroom = Newsroom.ready
        newsroom.timeZone = "Pacific/Kiritimati"
        let test = try await TestBook(newsroom: newsroom)
        let found = try await test.importRow([
            "started_on": "2026-01-23", "next_charge_on": "2026-11-23",
        ])
        #expect(found.summary.movedCharges == 1)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-11-30", 31), ("2026-01-31", "2026-12-31", 31),
        ("2026-01-31", "2026-12-10", 10), ("2026-01-10", "2026-12-10", 10),
        ("", "2026-12-05", 5), ("2026-01-07", "", 7), ("", "", 22),
    ])
    func `the anchor is the first day's, unless the next charge says otherwise`(
        started: String, due: String, expected: Int
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["started_on": started, "next_charge_on": due])
        #expect(pledge.anchor.day == expected)
        if !due.isEmpty { #expect(pledge.nextChargeOn == CivilDate(due)) }
    }

    @Test(arguments: ["active", "pastDue", "paused", ""])
    func `a one-off that was active has been collected`(state: String) async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["interval": "once", "state": state])
        #expect(pledge.state == .completed && pledge.nextChargeOn == nil)
        #expect(try await test.faults() == [])
    }

    @Test func `past due is charged when its next charge is due`() async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["state": "pastDue"])
        #expect(pledge.state == .pastDue && pledge.nextChargeOn == CivilDate("2026-12-15"))
    }

    @Test func `a paused pledge resumes at its next charge, and must name it`() async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["state": "paused"])
        #expect(pledge.state == .paused && pledge.pausedUntil == CivilDate("2026-12-15"))
        let found = try await test.importRow([
            "email": "other@example.org", "state": "paused", "next_charge_on": "",
        ])
        #expect(found.bad.map(\.column) == ["next_charge_on"])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: [PledgeState.completed, .cancelled, .lapsed])
    func `a pledge that is over needs no method`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["state": state.rawValue, "method_token": ""])
        #expect(pledge.state == state && pledge.nextChargeOn == nil)
        #expect(try await test.faults() == [])
    }

    @Test(arguments: ["pending", "abandoned", "Active"])
    func `a state in which nothing is imported is refused`(state: String) async throws {
        let test = try await TestBook()
        let found = try await test.importRow(["state": state])
        #expect(found.bad.map(\.column) == ["state"])
        #expect(try await test.supporters().isEmpty)
    }

    @Test func `a live pledge must have its method`() async throws {
        let test = try await TestBook()
        let found = try await test.importRow(["method_token": ""])
        #expect(found.bad.map(\.column) == ["method_token"])
    }

    @Test(arguments: [
        ("2026-10", PaymentMethodState.expired), ("2026-11", .expiring), ("2027-01", .active),
    ])
    func `a method that has expired is imported as expired`(
        expires: String, expected: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["method_expires": expires])
        #expect(pledge.state == .active)
        #expect(try await test.methods().map(\.state) == [expected])
        #expect(try await test.faults() == [])
    }

    @Test(arguments: ["bankTransfer", "crypto"], ["active", "pastDue", "paused"])
    func `what the reader sends by themselves is imported paused`(
        kind: String, state: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.imported(["method_kind": kind, "state": state])
        #expect(pledge.state == .paused && pledge.pausedUntil == pledge.nextChargeOn)
        #expect(try await test.methods().first?.kind.rawValue == kind)
        #expect(try await test.faults() == [])
    }

    @Test func `one token may stand on several people`() async throws {
        let test = try await TestBook()
        for email in ["a@example.org", "b@example.org"] {
            try await test.importRow(["email": email])
        }
        #expect(try await test.methods().map { $0.secret?.token } == ["tok_1", "tok_1"])
        #expect(try await test.pledges().count == 2)
        #expect(try await test.faults() == [])
    }
}
