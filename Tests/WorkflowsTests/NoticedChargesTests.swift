import Mail
import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A charge that needs a notice is not taken unless the mail transport accepted the notice ten days
/// before.
@Suite struct NoticedChargesTests {
    private func yearly(due: String) -> (inout Plant) -> Void {
        {
            ($0.interval, $0.minorUnits) = (.year, 5_000)
            ($0.startedOn, $0.nextChargeOn) = ("2025\(due.dropFirst(4))", due)
        }
    }

    /// Sends the reader the notices of today.
    private func announce(_ test: TestBook) async throws {
        _ = try await test.sendReminders()
        try await test.post()
    }

    @Test func `a yearly charge that was announced is taken on its day`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-22"))
        try test.moveClock(to: "2026-12-08T12:00:00Z")
        try await announce(test)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-12-09", through: "2027-01-10", at: processor)
        #expect(days == ["2026-12-22"])
        let paid = try await test.pledge(pledge.id)
        #expect(paid.nextChargeOn == CivilDate("2027-12-22") && paid.needsNotice)
        try await expectSound(test)
    }

    @Test func `a late notice moves the charge, not the anchor`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-01"))
        try await announce(test)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-10", at: processor)
        #expect(days == ["2026-12-02"])
        #expect(try await test.onlyCharge().dueOn == CivilDate("2026-12-01"))
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2027-12-01"))
    }

    @Test func `ten days are counted from the moment in which it was accepted`() async throws {
        let test = try await TestBook()
        try await test.plantDue(yearly(due: "2026-12-01"))
        try await announce(test)
        let processor = test.processor(.succeed)
        test.now = Instant.noon.adding(days: 10).adding(milliseconds: -1)
        #expect(try await test.bill(through: processor).charged.claimed == 0)
        test.now = Instant.noon.adding(days: 10)
        #expect(try await test.bill(through: processor).charged.claimed == 1)
    }

    @Test func `a notice that was not sent does not count, however long it waits`() async throws {
        let test = try await TestBook()
        try await test.plantDue(yearly(due: "2026-12-01"))
        _ = try await test.sendReminders()
        let processor = test.processor(.succeed)
        let none = try await test.daysOfOrders(
            from: "2026-11-23", through: "2026-12-20", at: processor)
        #expect(none.isEmpty)
        #expect(try await test.charges().isEmpty)
        try await test.post()
        let days = try await test.daysOfOrders(
            from: "2026-12-21", through: "2027-01-05", at: processor)
        #expect(days == ["2026-12-30"])
    }

    @Test func `a notice that cannot be delivered skips the charge`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-01"))
        _ = try await test.sendReminders()
        _ = try await test.deliver(through: RecordingTransport { _ in .refused("no such box") })
        let processor = test.processor(.succeed)
        #expect(try await test.bill(through: processor, on: "2026-11-30").charged.skipped == 0)
        #expect(try await test.bill(through: processor, on: "2026-12-01").charged.skipped == 1)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .skipped && charge.reason == "noticeUndeliverable")
        #expect(processor.orders.isEmpty)
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2027-12-01"))
        #expect(try await test.pledge(pledge.id).state == .active)
        try await expectSound(test)
    }

    @Test func `an address that gets no mail gets no charge that needs one`() async throws {
        let test = try await TestBook()
        try await test.plantDue(yearly(due: "2026-12-01"))
        try await SuppressAddress.run(
            "reader@example.org", .all, .bounce, in: test.context())
        try await announce(test)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2026-12-01")
        #expect(try await test.onlyCharge().reason == "noticeUndeliverable")
        #expect(processor.orders.isEmpty)
    }

    @Test func `an outage announces a year's charge anew, and does not give it up`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-01"))
        try await announce(test)
        // It was announced for 2 December; no job ran until the 29th.
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2026-12-29")
        #expect(try await test.charges().isEmpty)
        _ = try await test.sendReminders()
        let mail = try #require(try await test.post().first)
        #expect(mail.body.contains("8 January 2027"))
        try await announce(test)
        #expect(try await test.mails(of: .upcomingCharge) == 2)
        let days = try await test.daysOfOrders(
            from: "2026-12-29", through: "2027-01-20", at: processor)
        #expect(days == ["2027-01-08"])
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2027-12-01"))
        try await expectSound(test)
    }

    @Test(arguments: [("2026-12-24", 1), ("2026-12-29", 2)])
    func `what can still be taken as announced is not announced anew`(
        day: String, count: Int
    ) async throws {
        let test = try await TestBook()
        try await test.plantDue(yearly(due: "2026-12-09"))
        try test.moveClock(to: "2026-11-25T12:00:00Z")
        try await announce(test)
        try test.moveClock(to: "\(day)T12:00:00Z")
        try await announce(test)
        #expect(try await test.mails(of: .upcomingCharge) == count)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(processor.orders.count == (count == 1 ? 1 : 0))
    }

    @Test func `a notice that another copy may have sent is sent again`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-01"))
        _ = try await test.sendReminders()
        try test.tamper(
            """
            UPDATE reminders SET state = 'skipped', reason = 'perhapsSent'
            WHERE subject_id = '\(pledge.id.text)';
            DELETE FROM mail_messages WHERE subject_id = '\(pledge.id.text)';
            """)
        try await announce(test)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2026-12-03")
        #expect(try await test.onlyCharge().state == .succeeded)
    }

    @Test func `days without mail do not give up a year`() async throws {
        let test = try await TestBook()
        try await test.plantDue(yearly(due: "2026-12-05"))
        var day = try #require(CivilDate("2026-11-22"))
        for _ in 0..<8 {
            try test.moveClock(to: "\(day)T12:00:00Z")
            _ = try await test.sendReminders()
            for hour in [12, 16, 20] {
                try test.moveClock(to: "\(day)T\(hour):30:00Z")
                _ = try await test.deliver(through: RecordingTransport { _ in .retryLater("down") })
            }
            day = day.adding(days: 1)
        }
        #expect(
            try await test.reminders().contains { $0.reason == Reminder.mailGivenUp })
        // A mail that waits for its next try leaves within a day.
        for day in ["2026-11-30", "2026-12-01"] { try await test.tellReaders(on: day) }
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-12-01", through: "2026-12-20", at: processor)
        #expect(days.count == 1 && (days.first ?? "") >= "2026-12-10", "\(days)")
    }

    // MARK: A pause, and a lower amount

    @Test func `a pause that ends with such a charge is announced before its end`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-22"))
        _ = try await PausePledge.run(
            pledge.id, until: try #require(CivilDate("2027-11-20")), in: test.context())
        let processor = test.processor(.succeed)
        for day in ["2027-12-07", "2027-12-08", "2027-12-10"] {
            try test.moveClock(to: "\(day)T12:00:00Z")
            try await announce(test)
            #expect(
                try await test.mails(of: .upcomingCharge) == (day == "2027-12-07" ? 0 : 1), "\(day)"
            )
        }
        let days = try await test.daysOfOrders(
            from: "2027-12-11", through: "2027-12-31", at: processor)
        #expect(days == ["2027-12-22"])
        try await expectSound(test)
    }

    @Test(arguments: [("30.00", 1, "2026-12-22"), ("70.00", 2, "2027-01-03")])
    func `a lower amount needs no new notice, a higher one does`(
        amount: String, notices: Int, day: String
    ) async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-22"))
        try test.moveClock(to: "2026-12-08T12:00:00Z")
        try await announce(test)
        try test.moveClock(to: "2026-12-20T12:00:00Z")
        _ = try await ChangePledge.run(
            pledge.id, .init(amount: amount), in: test.context(actor: .reader))
        let processor = test.processor(.succeed)
        var days: [String] = []
        for day in ["2026-12-20", "2026-12-22", "2026-12-24", "2027-01-02", "2027-01-03"] {
            let before = processor.orders.count
            try await test.bill(through: processor, on: day)
            if processor.orders.count > before { days.append(day) }
            // The notice of a raised amount leaves on the 24th.
            if day == "2026-12-24" { try await announce(test) }
        }
        #expect(days == [day])
        #expect(try await test.mails(of: .upcomingCharge) == notices)
        #expect(try await test.onlyCharge().amount.description.contains(amount))
        try await expectSound(test)
    }

    @Test func `a charge that nobody announced is skipped once that is too late`() async throws {
        let test = try await TestBook()
        try await test.plantDue(yearly(due: "2026-12-01"))
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2027-01-20")
        #expect(try await test.charges().isEmpty)
        try await test.bill(through: processor, on: "2027-01-21")
        #expect(try await test.onlyCharge().reason == "tooLate")
        #expect(processor.orders.isEmpty)
    }

    @Test func `the first charge, with the reader present, needs no notice`() async throws {
        let test = try await TestBook()
        let pledge = try await test.register {
            ($0.interval, $0.amount) = (.year, "50.00")
        }.pledge
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        #expect(try await test.pledge(pledge.id).state == .active)
        #expect(try await test.pledge(pledge.id).needsNotice)
    }

    @Test func `a bank debit is announced each month`() async throws {
        let test = try await TestBook()
        try await test.plantDue {
            ($0.methodKind, $0.nextChargeOn) = (.sepaDebit, "2026-12-22")
        }
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2026-12-22")
        #expect(processor.orders.isEmpty)
        try await announce(test)
        let days = try await test.daysOfOrders(
            from: "2026-12-23", through: "2027-01-04", at: processor)
        #expect(days == ["2027-01-01"])
        #expect(processor.orders.map(\.kind) == [.sepaDebit])
    }

    // MARK: Other terms

    @Test func `a rise is announced once, and then no more`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.nextChargeOn = "2026-12-22" }
        _ = try await ChangePledge.run(
            pledge.id, .init(amount: "10.00"), in: test.context(actor: .reader))
        let processor = test.processor(.succeed)
        try test.moveClock(to: "2026-12-08T12:00:00Z")
        _ = try await test.sendReminders()
        try await test.bill(through: processor, on: "2026-12-22")
        #expect(processor.orders.isEmpty)
        try test.moveClock(to: "2026-12-22T13:00:00Z")
        try await test.post()
        let days = try await test.daysOfOrders(
            from: "2026-12-23", through: "2027-01-23", at: processor)
        #expect(days == ["2027-01-02", "2027-01-22"])
        #expect(processor.orders.map(\.amount.minorUnits) == [1_000, 1_000])
        #expect(try await test.pledge(pledge.id).needsNotice == false)
        #expect(try await test.mails(of: .upcomingCharge) == 1)
        try await expectSound(test)
    }

    @Test func `a rise stays a rise if only collecting several months at once is taken back`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.nextChargeOn = "2026-11-22" }
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        for wish in [
            ChangePledge.Wish(amount: "6.00", collectEvery: 6), .init(collectEvery: 1),
        ] {
            _ = try await ChangePledge.run(pledge.id, wish, in: test.context(actor: .reader))
        }
        #expect(try await test.pledge(pledge.id).needsNotice)
        _ = try await ChangePledge.run(
            pledge.id, .init(amount: "5.00"), in: test.context(actor: .reader))
        #expect(try await test.pledge(pledge.id).needsNotice == false)
    }

    @Test func `an amount above the last payment is announced, even after a restore`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge { $0.nextChargeOn = "2026-11-22" }
        // As in a restored older copy, in which the pledge is higher than what was paid.
        let lower = try await ChangePledge.run(pledge.id, .init(amount: "3.00"), in: test.context())
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        var higher = try await test.pledge(pledge.id)
        (higher.amount, higher.version) = (pledge.amount, higher.version + 1)
        let stored = higher
        try await test.book.write { try $0.update(stored, at: test.now) }
        _ = try await ReplacePaymentMethod.run(
            try #require(lower.paymentMethodID), with: .init(token: "tok_2"), in: test.context())
        #expect(try await test.pledge(pledge.id).needsNotice)
    }

    @Test func `a notice of a lower amount does not count`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-06"))
        try await announce(test)
        _ = try await ChangePledge.run(
            pledge.id, .init(amount: "60.00"), in: test.context(actor: .reader))
        let processor = test.processor(.succeed)
        try await test.bill(through: processor, on: "2026-12-06")
        #expect(processor.orders.isEmpty)
        try await announce(test)
        let days = try await test.daysOfOrders(
            from: "2026-12-07", through: "2026-12-20", at: processor)
        #expect(days == ["2026-12-16"])
        #expect(processor.orders.map(\.amount.minorUnits) == [6_000])
        #expect(try await test.mails(of: .upcomingCharge) == 2)
    }

    @Test func `a notice that came to nothing is given anew, under another number`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge(yearly(due: "2026-12-06"))
        let other = try await test.duePledge {
            yearly(due: "2026-12-06")(&$0)
            $0.email = "other@example.org"
        }
        // One notice is scheduled and not decided when its pledge changes and changes back.
        #expect(try await test.sendReminders(limit: 1).queued == 1)
        let left = try #require(await test.reminders().first { $0.state == .scheduled })
        let changed = left.subjectID == pledge.id.text ? pledge : other
        _ = try await ChangePledge.run(changed.id, .init(amount: "40.00"), in: test.context())
        #expect(try await test.sendReminders().skippedBecause == [.subjectChanged: 1])
        _ = try await ChangePledge.run(
            changed.id, .init(amount: "50.00"), in: test.context(actor: .reader))
        #expect(try await test.sendReminders().queued == 1)
        let periods = try await test.reminders().filter { $0.subjectID == changed.id.text }
            .map(\.period)
        #expect(Set(periods) == ["2026-12-06/5000/1", "2026-12-06/5000/2"])
        try await expectSound(test)
    }

    @Test func `a charge that was made before a rise is tried again as it is`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        _ = try await ChangePledge.run(
            pledge.id, .init(amount: "10.00"), in: test.context(actor: .reader))
        processor.answer(.succeed)
        try await test.bill(through: processor, on: "2026-11-23")
        #expect(processor.orders.map(\.amount.minorUnits) == [500, 500])
        // The rise still waits for its notice.
        #expect(try await test.pledge(pledge.id).needsNotice)
        try await test.bill(through: processor, on: "2026-12-22")
        #expect(processor.orders.count == 2)
        try await expectSound(test)
    }
}
