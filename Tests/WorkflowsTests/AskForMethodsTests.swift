import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// MigratePaymentMethods: readers whose methods are missing in the map.
@Suite struct AskForMethodsTests {
    private let nothing = "tok_gone,tok_x"

    /// Plants readers "r0", "r1" … whose next charges are on these days.
    private func plant(_ days: [String], in test: TestBook) async throws -> [PaymentMethod] {
        var methods: [PaymentMethod] = []
        for (number, day) in days.enumerated() {
            let planted = try await test.plant {
                $0.email = "r\(number)@example.org"
                $0.token = "tok_\(number)"
                $0.nextChargeOn = day
            }
            methods.append(try #require(planted.method))
        }
        return methods
    }

    @Test func `readers left behind are only counted, unless asking is requested`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant()
        _ = try await test.plantSecondPledge(of: planted, in: .active)
        let found = try await test.migrate(nothing)
        #expect(found.summary.unmatchedMethods == 1 && found.summary.unmatchedPledges == 2)
        #expect(found.summary.mails == 0 && found.summary.lastMailOn == nil)
        #expect(try await test.methods() == [try #require(planted.method)])
        #expect(try await test.mails().isEmpty)
    }

    @Test func `asked for another method, a reader is charged nothing until it is there`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plant()
        let method = try #require(planted.method)
        let pledge = try #require(planted.pledge)
        #expect(try await test.migrate(nothing, asksOthers: true).summary.mails == 1)
        #expect(try await test.methods(in: .dead).map(\.id) == [method.id])
        #expect(try await test.history(of: method.id.text).last == "payment_method.dead")
        #expect(try await test.pledge(pledge.id) == pledge)
        let mail = try #require(try await test.post().first)
        #expect(mail.body.contains("Next payment") && mail.body.contains("$5"))

        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2026-12-15")
        #expect(processor.orders.isEmpty)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .declined && charge.reason == "no_usable_method")
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        _ = try await ReplacePaymentMethod.run(
            method.id, with: MethodInput(token: "tok_own"), in: test.context())
        try await test.bill(through: processor)
        #expect(processor.orders.map(\.method.token) == ["tok_own"])
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `readers are asked in the order of their charges, a limited number a day`()
        async throws
    {
        let test = try await TestBook()
        let methods = try await plant(
            ["2026-12-05", "2026-12-01", "2026-12-04", "2026-12-02", "2026-12-03"], in: test)
        let found = try await test.migrate(nothing, asksOthers: true, mailsPerDay: 2)
        #expect(found.summary.mails == 5)
        #expect(found.summary.lastMailOn == CivilDate("2026-11-24"))
        let first = "2026-11-22T12:00:00.000Z"
        let second = "2026-11-23T10:00:00.000Z"
        #expect(
            try await test.timesOfAsking() == [
                first, first, second, second, "2026-11-24T10:00:00.000Z",
            ])
        let order = try await test.rows(
            "SELECT subject_id FROM mail_messages ORDER BY next_attempt_at, id")
        #expect(
            try order.map { try $0.text(0) } == [1, 3, 4, 2, 0].map { methods[$0].id.text })
        #expect(try await test.post().count == 2)
        test.now = test.now.adding(days: 1)
        #expect(try await test.post().count == 2)
        try await expectSound(test)
    }

    @Test func `run again, nobody is asked twice, and new ones wait their turn`() async throws {
        let test = try await TestBook()
        _ = try await plant(["2026-12-01", "2026-12-02", "2026-12-03"], in: test)
        try await test.migrate(nothing, asksOthers: true, mailsPerDay: 2)
        #expect(try await test.post().count == 2)
        let events = try await test.events().count
        let again = try await test.migrate(nothing, asksOthers: true, mailsPerDay: 2)
        #expect(again.summary.mails == 0 && again.summary.unmatchedMethods == 3)
        #expect(try await test.events().count == events)
        for number in 3..<5 {
            try await test.plant {
                $0.email = "r\(number)@example.org"
                $0.token = "tok_\(number)"
                $0.nextChargeOn = "2026-11-30"
            }
        }
        #expect(
            try await test.migrate(nothing, asksOthers: true, mailsPerDay: 2).summary.mails == 2)
        #expect(
            try await test.timesOfAsking().map { $0.prefix(10) } == [
                "2026-11-22", "2026-11-22", "2026-11-23", "2026-11-23", "2026-11-24",
            ])
    }

    @Test func `a late mail has its own date and names no past day`()
        async throws
    {
        let test = try await TestBook()
        _ = try await plant(["2026-11-23", "2026-11-23"], in: test)
        try await test.migrate(nothing, asksOthers: true, mailsPerDay: 1)
        let early = try #require(try await test.post().first)
        #expect(early.body.contains("Next payment"))
        try test.moveClock(to: "2026-11-23T10:00:00Z")
        let late = try #require(try await test.post().first)
        #expect(!late.body.contains("Next payment"))
        #expect(late.headers["date"] == "Mon, 23 Nov 2026 10:00:00 +0000")
    }

    @Test func `readers with a new method, or without a live pledge, are not asked`() async throws {
        let test = try await TestBook()
        let methods = try await plant(["2026-12-01", "2026-12-02", "2026-12-03"], in: test)
        try await test.migrate(nothing, asksOthers: true, mailsPerDay: 1)
        _ = try await ReplacePaymentMethod.run(
            methods[1].id, with: MethodInput(token: "tok_own"), in: test.context())
        let last = try #require(
            try await test.pledges().first { $0.paymentMethodID == methods[2].id })
        _ = try await CancelPledge.run(
            last.id, Cancellation(reason: .privacy, by: .supporter), in: test.context())
        test.now = test.now.adding(days: 3)
        let mails = try await test.post()
        #expect(mails.map { $0.headers["to"] } == ["r0@example.org"])
        #expect(
            try await test.mails().sorted() == [
                "methodNeeded failed", "methodNeeded failed", "methodNeeded sent",
            ])
        try await expectSound(test)
    }

    @Test func `a later part of the map withdraws a request made too early`() async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge()
        _ = try await plant(["2026-12-01"], in: test)
        try await test.migrate(nothing, asksOthers: true, mailsPerDay: 1)
        #expect(try await test.methods(in: .dead).count == 2)
        let found = try await test.migrate("tok_planted,tok_new", asksOthers: true)
        #expect(found.summary.matched == 1 && found.summary.mails == 0)
        let moved = try await test.pledge(pledge.id)
        #expect(try await test.method(of: moved).state == .active)
        test.now = test.now.adding(days: 2)
        #expect(try await test.post().map { $0.headers["to"] } == ["r0@example.org"])
        try await expectSound(test)
    }

    @Test func `with any bad row nobody is asked, because it may be theirs`() async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        let found = try await test.migrate("tok_planted,", asksOthers: true)
        #expect(found.summary.unmatchedMethods == 1 && found.summary.mails == 0)
        #expect(try await test.methods() == [old])
        #expect(try await test.mails().isEmpty)
    }
}
