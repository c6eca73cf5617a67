import Payments
import Pledging
import Store
import TestSupport
import Testing

@testable import Workflows

/// MigratePaymentMethods: what a map moves, and what stays.
@Suite struct MigratePaymentMethodsTests {
    // MARK: What moves

    @Test func `a method moves with its pledges, and no day, charge or mail comes of it`()
        async throws
    {
        let test = try await TestBook()
        let planted = try await test.plant { $0.methodExpires = YearMonth("2029-04") }
        let old = try #require(planted.method)
        let pledge = try #require(planted.pledge)
        let over = try await test.plantSecondPledge(of: planted, in: .cancelled)
        let found = try await test.migrate("tok_planted,tok_new")
        #expect(found.summary.methods == 1 && found.summary.matched == 1)
        #expect(found.summary.rows == 1 && found.summary.movedPledges == 1)

        let new = try #require(try await test.methods(in: .active).first)
        #expect(new.processor == "other" && new.kind == .card && new.expires == old.expires)
        #expect(new.secret == PaymentMethod.Secret(token: "tok_new", brand: "visa", last4: "4242"))
        let replaced = try await BrowseBook.paymentMethod(old.id, in: test.context())
        #expect(replaced.state == .replaced && replaced.secret == nil)
        #expect(replaced.replacedByID == new.id)
        let moved = try await test.pledge(pledge.id)
        #expect(moved.paymentMethodID == new.id && moved.state == .active)
        #expect(moved.nextChargeOn == pledge.nextChargeOn && moved.anchor == pledge.anchor)
        #expect(try await test.pledge(over.id) == over)
        #expect(
            try await test.history(of: old.id.text) == [
                "payment_method.attached", "payment_method.replaced",
            ])
        #expect(try await test.history(of: pledge.id.text).last == "pledge.changed")
        #expect(try await test.charges().isEmpty)
        #expect(try await test.mails().isEmpty)
        try await expectSound(test)
    }

    @Test func `what the map says of a method takes the place of what was known`() async throws {
        let test = try await TestBook()
        try await test.plant()
        try await test.migrate(
            "tok_planted,tok_new,cus_2,mnd_2,mastercard,4444,2030-01,DE",
            columns: "old_token,new_token,customer,mandate,brand,last4,expires,country")
        let new = try #require(try await test.methods(in: .active).first)
        #expect(
            new.secret
                == PaymentMethod.Secret(
                    token: "tok_new", customer: "cus_2", mandate: "mnd_2", brand: "mastercard",
                    last4: "4444", issuingCountry: "DE"))
        #expect(new.expires == YearMonth("2030-01"))
    }

    @Test func `details of the former processor are not moved`() async throws {
        let test = try await TestBook()
        let planted = try await test.plant { $0.hasMethod = false }
        _ = try await AttachPaymentMethod.run(
            MethodInput(
                token: "tok_planted", customer: "cus_1", mandate: "mnd_1", issuingCountry: "US"),
            to: planted.supporter.id, paying: planted.pledge?.id, in: test.context())
        try await test.migrate("tok_planted,tok_new")
        let new = try #require(try await test.methods(in: .active).first)
        #expect(new.secret == PaymentMethod.Secret(token: "tok_new", issuingCountry: "US"))
    }

    @Test(arguments: [PledgeState.pending, .active, .pastDue, .paused])
    func `every live pledge moves as it is`(state: PledgeState) async throws {
        let test = try await TestBook()
        let pledge = try await test.plantPledge(in: state)
        #expect(try await test.migrate("tok_planted,tok_new").summary.movedPledges == 1)
        let moved = try await test.pledge(pledge.id)
        #expect(moved.state == state && moved.nextChargeOn == pledge.nextChargeOn)
        #expect(moved.pausedUntil == pledge.pausedUntil && moved.needsNotice == pledge.needsNotice)
        #expect(try await test.method(of: moved).processor == "other")
        try await expectSound(test)
    }

    @Test func `one token may stand on several people, and all of them move`() async throws {
        let test = try await TestBook()
        for email in ["a@example.org", "b@example.org", "c@example.org"] {
            try await test.plant { $0.email = email }
        }
        let found = try await test.migrate("tok_planted,tok_new")
        #expect(found.summary.matched == 3 && found.summary.movedPledges == 3)
        #expect(found.summary.unusedRows == 0 && found.bad.isEmpty)
        #expect(try await test.methods(in: .replaced).count == 3)
        try await expectSound(test)
    }

    @Test(arguments: [PaymentMethodState.expiring, .expired, .dead])
    func `a method that is not good any more moves too, and begins by its expiry`(
        state: PaymentMethodState
    ) async throws {
        let test = try await TestBook()
        try await test.plant {
            $0.methodState = state
            $0.methodExpires = state == .expired ? YearMonth("2026-10") : nil
        }
        #expect(try await test.migrate("tok_planted,tok_new").summary.matched == 1)
        let new = try #require(try await test.methods().first { $0.processor == "other" })
        #expect(new.state == (state == .expired ? .expired : .active))
        try await expectSound(test)
    }

    @Test(arguments: [
        ("bankTransfer", "sandbox"), ("crypto", "sandbox"), ("card", "third"),
    ])
    func `what the reader sends, and what another processor has, is not touched`(
        kind: String, processor: String
    ) async throws {
        let test = try await TestBook()
        let planted = try await test.plant {
            $0.methodKind = PaymentMethod.Kind(rawValue: kind) ?? .card
            $0.processor = processor
        }
        let found = try await test.migrate("tok_planted,tok_new", asksOthers: true)
        #expect(found.summary.methods == 0 && found.summary.unusedRows == 1)
        #expect(found.summary.unmatchedMethods == 0 && found.summary.mails == 0)
        #expect(try await test.methods() == [try #require(planted.method)])
    }

    // MARK: Dry, again, and half

    @Test func `a dry run tells what would happen, and changes nothing`() async throws {
        let test = try await TestBook()
        try await test.plant()
        try await test.plant {
            $0.email = "b@example.org"
            $0.token = "tok_b"
        }
        try await test.plant {
            $0.email = "c@example.org"
            $0.token = "tok_c"
            $0.hasPledge = false
        }
        let events = try await test.events().count
        let methods = try await test.methods()
        let rows = ["tok_planted,tok_new", "tok_gone,tok_x"]
        let plan = try await test.migrate(rows[0], rows[1], isDryRun: true, asksOthers: true)
        #expect(try await test.events().count == events)
        #expect(try await test.methods() == methods)
        #expect(try await test.mails().isEmpty)

        let done = try await test.migrate(rows[0], rows[1], asksOthers: true)
        #expect(done.summary == plan.summary)
        #expect(done.summary.methods == 3 && done.summary.matched == 1)
        #expect(done.summary.unmatchedMethods == 1 && done.summary.unmatchedPledges == 1)
        #expect(done.summary.idleMethods == 1 && done.summary.unusedRows == 1)
        #expect(done.summary.mails == 1 && done.summary.lastMailOn == CivilDate("2026-11-22"))
        try await expectSound(test)
    }

    @Test func `the same map again changes nothing`() async throws {
        let test = try await TestBook()
        try await test.plant()
        try await test.migrate("tok_planted,tok_new")
        let events = try await test.events().count
        let methods = try await test.methods()
        let again = try await test.migrate("tok_planted,tok_new")
        #expect(again.summary.methods == 0 && again.summary.unusedRows == 1)
        #expect(again.bad.isEmpty)
        #expect(try await test.events().count == events)
        #expect(try await test.methods() == methods)
    }

    @Test func `a run that breaks off is gone on with by the same map`() async throws {
        let test = try await TestBook()
        for number in 0..<60 {
            try await test.plant {
                $0.email = "r\(number)@example.org"
                $0.token = "tok_\(number)"
            }
        }
        let lines = (0..<60).map { "tok_\($0),new_\($0)\n" }
        let header = Array("old_token,new_token\n".utf8)
        let options = MigratePaymentMethods.Options(from: "sandbox", to: "other")
        await #expect(throws: Unreadable.self) {
            try await test.migrate(
                pieces: [header, Array(lines.prefix(55).joined().utf8)], options, isWhole: false)
        }
        #expect(try await test.methods(in: .replaced).count == 50)
        let rest = try await test.migrate(
            pieces: [header, Array(lines.joined().utf8)], options)
        #expect(rest.summary.matched == 10 && rest.summary.unusedRows == 50)
        let active = try await test.methods(in: .active)
        #expect(active.count == 60 && active.allSatisfy { $0.processor == "other" })
        try await expectSound(test)
    }

    // MARK: Bad maps

    @Test(arguments: [
        ("tok_planted,", "new_token"), (",tok_new", "old_token"), ("tok_planted", "*"),
        ("tok_planted,\(cardNumber)", "new_token"), ("tok_planted,\"a\"b", "*"),
    ])
    func `a bad row is told by line and rule, never by its value`(
        row: String, column: String
    ) async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        let found = try await test.migrate("tok_gone,tok_x", row)
        #expect(found.summary.rows == 2 && found.summary.bad == 1)
        #expect(found.bad.map(\.line) == [3] && found.bad.map(\.column) == [column])
        #expect(found.bad.allSatisfy { !$0.rule.contains("tok_") && !$0.rule.contains("4242") })
        #expect(try await test.methods() == [old])
    }

    @Test(arguments: [("last4", "42"), ("expires", "04/28"), ("country", "XX")])
    func `what a map says of a method must be of its form`(
        column: String, value: String
    ) async throws {
        let test = try await TestBook()
        try await test.plant()
        let found = try await test.migrate(
            "tok_planted,tok_new,\(value)", columns: "old_token,new_token,\(column)")
        #expect(found.bad.map(\.column) == [column])
        #expect(found.summary.matched == 0 && found.summary.unmatchedPledges == 1)
    }

    @Test(arguments: MapColumn.allCases)
    func `a map's columns and the verbs' field names match one to one`(column: MapColumn) {
        #expect(column.field.mapColumn == column)
    }

    @Test func `of two rows with one old token the first one counts, and the second is told`()
        async throws
    {
        let test = try await TestBook()
        try await test.plant()
        let found = try await test.migrate("tok_planted,tok_1", "tok_planted,tok_2")
        #expect(found.bad.map(\.line) == [3] && found.bad.map(\.column) == ["old_token"])
        #expect(try await test.methods(in: .active).map { $0.secret?.token } == ["tok_1"])
    }

    @Test(arguments: [
        "old_token", "new_token,brand", "old_token,new_token,old_token",
        "old_token,new_token,shoe_size", "",
    ])
    func `a map whose columns are not known is refused whole`(columns: String) async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        await expectRefusal(.invalid) {
            try await test.migrate("tok_planted,tok_new", columns: columns)
        }
        #expect(try await test.methods() == [old])
    }

    @Test(
        arguments: [
            ("sandbox", "sandbox", .toProcessor), ("Sand Box", "other", .fromProcessor),
            ("sandbox", "", .toProcessor),
        ] as [(String, String, Problem.Field)])
    func `two processors must be named`(from: String, to: String, field: Problem.Field) async throws
    {
        let test = try await TestBook()
        await expectRefusal(.invalid, field: field) {
            try await test.migrate("tok_planted,tok_new", from: from, to: to)
        }
    }

    @Test func `a reader whom the policy refuses does not move`() async throws {
        let test = try await TestBook()
        let old = try #require(try await test.plant().method)
        try await test.setPolicy(.refuse, for: "RU")
        let found = try await test.migrate(
            "tok_planted,tok_new,RU", columns: "old_token,new_token,country")
        #expect(found.bad.map(\.rule) == ["refused by the risk policy"])
        #expect(found.summary.matched == 0 && found.summary.unmatchedPledges == 1)
        #expect(try await test.methods() == [old])
    }
}
