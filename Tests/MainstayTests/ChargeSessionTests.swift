import Foundation
import Testing

/// Charging, as an operator sees it.
@Suite struct ChargeSessionTests {
    private static let now = "--now \(rehearsal)"

    /// Registers a pledge of 5 USD a month that is due at the rehearsal; returns its id.
    private static func register(_ site: Site, _ token: String, _ more: String = "") throws
        -> String
    {
        try site.id(
            "\(now) pledge register --email \(token)@example.org --amount 5.00 --currency USD "
                + "--method-token \(token) \(more)")
    }

    private static func charge(_ site: Site, of pledge: String) throws -> Answer {
        try #require(try site.answers("charge list --pledge \(pledge)").last)
    }

    @Test func `what is due is planned, charged once, shown and told`() throws {
        let site = try Site.withBook()
        let pledge = try Self.register(site, "tok_1")
        let bundled = try Self.register(site, "tok_2", "--collect-every 3")
        let planned = try site.succeed("\(Self.now) run billing --dry-run").text
        #expect(planned.contains("amounts\n    USD  20.00"), "\(planned)")
        #expect(try site.answers("charge list").isEmpty)
        let run = try site.succeed("\(Self.now) run billing").text
        #expect(run.contains("succeeded        2"), "\(run)")
        #expect(try site.answer("\(Self.now) run billing").has("charged"))
        #expect(try site.answers("charge list").count == 2)

        let charge = try Self.charge(site, of: pledge)
        #expect(charge["state"] == "succeeded" && charge.text("amount", "amount") == "5.00")
        let shown = try site.answer("charge show \(#require(charge["id"]))")
        #expect(shown.count("tries") == 1 && shown["fee"] == "0.45" && shown["net"] == "4.55")
        #expect(try Self.charge(site, of: bundled).text("amount", "amount") == "15.00")
        #expect(try site.answer("pledge show \(pledge)")["state"] == "active")
        #expect(try site.answer("pledge show \(bundled)")["next_charge_on"] == "2027-02-22")
        #expect(try site.answers("event list --type charge.succeeded").count == 2)
        try site.succeed("\(Self.now) doctor")
    }

    @Test func `a plan of a year counts each month on its day`() throws {
        let site = try Site.withBook()
        _ = try Self.register(site, "tok_1")
        let plan = try site.succeed(
            "\(Self.now) run billing --dry-run --until 2027-11-21"
        ).text
        #expect(plan.contains("claimed          12"), "\(plan)")
        #expect(plan.contains("USD  60.00"), "\(plan)")
    }

    @Test func `money goes back once, in parts or all of it, and never more`() throws {
        let site = try Site.withBook()
        let pledge = try Self.register(site, "tok_1")
        try site.succeed("\(Self.now) run billing")
        let id = try #require(try Self.charge(site, of: pledge)["id"])
        #expect(
            try site.answer("\(Self.now) charge refund \(id) --amount 1.50")["state"] == "succeeded"
        )
        for amount in ["3.51", "0", "-1", "1e3"] {
            let refused = try site.run("\(Self.now) charge refund \(id) --amount=\(amount)")
            #expect(refused.code == 65 && refused.complainsInOneLine, "\(refused.complaint)")
        }
        let rest = try site.answer("\(Self.now) charge refund \(id)")
        #expect(rest.text("amount", "amount") == "3.50")
        #expect(try site.run("\(Self.now) charge refund \(id)").code == 1)
        #expect(try site.answer("pledge show \(pledge)").text("total_given", "amount") == "0.00")
        #expect(try site.answer("charge show \(id)").count("refunds") == 2)
    }

    @Test func `what was paid twice is sent back, shown and told`() throws {
        let site = try Site.withBook()
        let pledge = try Self.register(site, "tok_1")
        try site.succeed("\(Self.now) run billing")
        let method = try #require(try site.answer("pledge show \(pledge)")["payment_method_id"])
        try site.succeed(
            "\(Self.now) payment-method replace \(method) --method-token sandbox_extra_4320")
        // Declined, paid by the retry a day later, and by the first attempt two days after that.
        for day in ["2026-12-22", "2026-12-23"] {
            try site.succeed("--now \(day)T12:00:00Z run billing")
        }
        let id = try #require(try Self.charge(site, of: pledge)["id"])
        #expect(try site.answer("charge show \(id)")["state"] == "succeeded")
        let run = try site.succeed("--now 2026-12-25T12:00:00Z run billing").text
        #expect(run.contains("reconciled"), "\(run)")
        let shown = try site.answer("charge show \(id)")
        #expect(shown.count("extra_payments") == 1 && shown.count("refunds") == 1)
        #expect(!shown.has("refunded"))
        #expect(try site.succeed("charge show \(id)").text.contains("xpy_"))
        #expect(try site.answers("event list --type charge.extra_payment").count == 1)
        #expect(try site.answers("attention list").allSatisfy { $0["kind"] != "extraPayment" })
        let again = try site.run("--now 2026-12-26T12:00:00Z charge refund \(id) --payment pi_1")
        #expect(again.code == 65 && again.complaint.contains("--payment"), "\(again.complaint)")
        try site.succeed("--now 2026-12-26T12:00:00Z run mail")
        let mails = try site.names(in: site.outbox).map {
            String(decoding: try site.read("book.db.outbox/\($0)"), as: UTF8.self)
        }
        #expect(mails.contains { $0.contains("we have sent a payment back to you") })
    }

    @Test func `a declined charge makes the pledge past due, and its reader is told why`() throws {
        let site = try Site.withBook()
        let pledge = try Self.register(site, "tok_1")
        try site.succeed("\(Self.now) run billing")
        let method = try #require(try site.answer("pledge show \(pledge)")["payment_method_id"])
        try site.succeed(
            "\(Self.now) payment-method replace \(method) "
                + "--method-token sandbox_decline_insufficient_funds")
        let later = "--now 2026-12-22T12:00:00Z"
        try site.succeed("\(later) run billing")
        #expect(try site.answer("pledge show \(pledge)")["state"] == "pastDue")
        let charge = try Self.charge(site, of: pledge)
        #expect(charge["state"] == "declined" && charge["reason"] == "insufficient_funds")
        // It is tried again the day after, and in the end paid another way.
        try site.succeed("--now 2026-12-23T12:00:00Z run billing")
        #expect(try Self.charge(site, of: pledge).number("attempts") == 2)
        let paid = try site.answer(
            "--now 2026-12-24T12:00:00Z charge record \(pledge) --note", "cash at the desk")
        #expect(paid["state"] == "succeeded" && paid["note"] == "cash at the desk")
        #expect(try site.answer("pledge show \(pledge)")["state"] == "active")
    }

    @Test func `a charge in doubt is asked about, or settled by hand`() throws {
        let site = try Site.withBook()
        let lost = try Self.register(site, "sandbox_lost_reply")
        let never = try Self.register(site, "sandbox_lost_request")
        try site.succeed("\(Self.now) run billing")
        #expect(try Self.charge(site, of: lost)["state"] == "unknown")
        let id = try #require(try Self.charge(site, of: never)["id"])
        let resolved = try site.answer(
            "\(Self.now) charge resolve \(id) --as notReceived --note asked")
        #expect(resolved["state"] == "declined" && resolved["reason"] == "not_received")
        let later = "--now 2026-11-22T12:10:00Z"
        try site.succeed("\(later) run reconcile")
        #expect(try Self.charge(site, of: lost)["state"] == "succeeded")
        let compared = try site.succeed("\(later) reconcile --processor sandbox")
        #expect(compared.text.isEmpty && compared.complaint.contains("0 difference(s)"))
    }

    @Test func `books that differ are listed for a person, by the exit code as well`() throws {
        let site = try Site.withBook()
        _ = try Self.register(site, "tok_1")
        try site.succeed("\(Self.now) run billing")
        // The processor loses its records.
        try site.write("book.db.sandbox", "")
        let compared = try site.run("\(Self.now) --json reconcile --processor sandbox")
        #expect(compared.code == 1, "\(compared.complaint)")
        #expect(compared.lines.count == 1)
        #expect(try Answer(compared.lines[0])["kind"] == "missingThere")
    }

    @Test func `reports of charges and payouts agree to the minor unit`() throws {
        let site = try Site.withBook()
        for number in 1...7 { _ = try Self.register(site, "tok_\(number)") }
        try site.succeed("\(Self.now) run billing")
        let charges = try site.answers("report charges --from 2026-11-22 --to 2026-11-22")
        #expect(charges.count == 7)
        #expect(try site.answers("report charges --to 2026-11-21").isEmpty)
        #expect(try site.answers("report charges --from 2026-11-23").isEmpty)
        func cents(_ text: String?) -> Int { Int((text ?? "").filter(\.isNumber)) ?? -1 }
        let nets = charges.map { cents($0["net"]) }.reduce(0, +)
        // Not paid out yet.
        let waiting = try site.answers("report payouts")
        #expect(waiting.map { cents($0["amount"]) } == [nets] && waiting[0]["payout_id"] == nil)
        // The Sandbox pays out each day that is over.
        let id = try #require(charges[0]["charge_id"])
        try site.succeed("--now 2026-11-23T12:00:00Z charge refund \(id) --amount 1.00")
        try site.succeed("--now 2026-11-24T12:00:00Z run books")
        let payouts = try site.answers("report payouts")
        #expect(payouts.map { cents($0["amount"]) } == [nets, 100])
        #expect(payouts.map { $0["charges"] } == ["7", "0"])
        #expect(payouts.map { $0["refunds"] } == ["0.00", "1.00"])
        #expect(payouts.map { $0["difference"] } == ["0.00", "0.00"])
        #expect(try site.answers("report refunds --from 2026-11-23").count == 1)
        #expect(try site.answers("report disputes").isEmpty)
        // All that was taken was paid out, or went back.
        let balance = try site.answers("report balance --month 2026-11")
        #expect(balance.map { $0["opening"] } == ["0.00"])
        #expect(balance.map { $0["charges"] } == ["35.00"])
        #expect(balance.map { $0["closing"] } == ["0.00"])
        let csv = try site.succeed("report payouts").text
        #expect(csv.hasPrefix("payout_id,processor,currency,") && csv.hasSuffix("\r\n"))
        #expect(try site.succeed("report charges --format table").lines.count == 8)
    }

    @Test func `a processor that is not reached costs nothing, and exits with 69`() throws {
        let site = try Site.withBook()
        // Nothing listens on port 1.
        let stripe = [
            "MAINSTAY_STRIPE_SECRET_KEY": "sk_test_none",
            "MAINSTAY_STRIPE_BASE_URL": "http://127.0.0.1:1",
        ]
        let registered = try site.run(
            "--json \(Self.now) pledge register --email a@example.org --amount 5.00 "
                + "--currency USD --method-token pm_1 --processor stripe", environment: stripe)
        let pledge = try #require(try Answer(registered.text)["id"])
        for words in ["run billing", "reconcile --processor stripe"] {
            let run = try site.run("\(Self.now) \(words)", environment: stripe)
            let complaint = run.complaint.lowercased()
            #expect(run.code == 69 && complaint.contains("stripe"), "\(complaint)")
            #expect(!run.complaint.contains("sk_test"))
            // What was done is printed before the error.
            #expect(run.text.contains("unreachable") == (words == "run billing"), "\(run.text)")
        }
        #expect(try site.answers("charge list --pledge \(pledge)").isEmpty)
        let doctor = try site.run("doctor --json", environment: stripe)
        #expect(doctor.text.contains("stripe.secret_key"))
        #expect(!doctor.text.contains("sk_test"))
    }

    @Test func `a refund that the processor refuses is shown, and exits with 1`() throws {
        let site = try Site.withBook()
        let pledge = try Self.register(site, "sandbox_pending")
        try site.succeed("\(Self.now) run billing")
        let charge = try #require(try Self.charge(site, of: pledge)["id"])
        // The Sandbox does not have the money that a person says arrived.
        try site.succeed("\(Self.now) charge resolve \(charge) --as succeeded --note seen")
        let refund = try site.run("--json \(Self.now) charge refund \(charge)")
        #expect(refund.code == 1, "\(refund.complaint)")
        #expect(try Answer(refund.text)["state"] == "failed")
    }

    @Test func `what stops billing does not stop the other jobs`() throws {
        let site = try Site.withBook()
        _ = try Self.register(site, "tok_1")
        try site.succeed("\(Self.now) reminder add --email b@example.org --in week")
        // The Sandbox cannot open its file.
        try FileManager.default.createDirectory(
            atPath: site.file("book.db.sandbox"), withIntermediateDirectories: false)
        let run = try site.run("--json --now 2026-12-02T12:00:00Z run all")
        #expect(run.code != 0 && run.complainsInOneLine, "\(run.complaint)")
        #expect(try Answer(run.text).has("reminders"))
        #expect(try site.count("SELECT count(*) FROM reminders WHERE state = 'sent'") == 1)
    }

    @Test func `real money is never moved at a time that was made up`() throws {
        let site = try Site.withBook()
        let live = ["MAINSTAY_STRIPE_SECRET_KEY": "sk_live_none"]
        for verb in ["run billing", "run reminders", "run retention", "pledge list"] {
            let run = try site.run("\(Self.now) \(verb)", environment: live)
            #expect(run.code == 77 && run.complaint.contains("--now"), "\(run.complaint)")
        }
    }

    @Test func `a ceiling holds what would pass it, and says so`() throws {
        let site = try Site.withBook()
        for number in 1...3 { _ = try Self.register(site, "tok_\(number)") }
        let ceiling = ["MAINSTAY_BILLING_DAILY_MAX": "EUR=1,USD=12.50"]
        let run = try site.run("\(Self.now) run billing", environment: ceiling)
        #expect(run.code == 69 && run.complaint.contains("raise billing.daily_max"))
        let paid = try site.answers("charge list --state succeeded").count
        let held = try site.answers("charge list --state held").count
        #expect(paid <= 2 && paid + held == 3)
        #expect(try site.succeed("attention list").text.contains("ceilingReached"))
        try site.succeed("\(Self.now) run billing")
        #expect(try site.answers("charge list --state succeeded").count == 3)
        #expect(!(try site.succeed("attention list").text.contains("ceilingReached")))
    }

    @Test func `opening a brake that is open says so`() throws {
        let site = try Site.withBook()
        let none = try site.run("billing resume")
        #expect(none.code == 0 && none.complaint.contains("No brake was closed."))
        let wrong = try site.run("billing resume --processor paypal")
        #expect(wrong.code == 65 && wrong.complaint.contains("--processor"))
    }
}
