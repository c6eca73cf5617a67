import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// Compares our book with the processor's.
@Suite struct ReconcileProcessorTests {
    private func compare(
        _ test: TestBook, _ processor: ScriptedProcessor, since: Instant? = nil
    ) async throws -> ReconcileProcessor.Report {
        try await ReconcileProcessor.run(processor, since: since, in: test.context())
    }

    /// The only difference.
    private func onlyDifference(
        _ test: TestBook, _ processor: ScriptedProcessor,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ReconcileProcessor.Difference {
        let report = try await compare(test, processor)
        try #require(report.differences.count == 1, sourceLocation: sourceLocation)
        return report.differences[0]
    }

    /// A payment for the charge, as the processor lists it.
    private func payment(
        for charge: Charge, _ test: TestBook, attempt: Int = 1, minorUnits: Int64 = 500,
        remoteID: String? = nil, refundedMinor: Int64 = 0
    ) -> ScriptedPayment {
        let reference = test.reference(of: charge, attempt: attempt)
        return ScriptedPayment(
            reference: reference,
            amount: Money(minorUnits: minorUnits, currency: charge.amount.currency),
            remoteID: remoteID ?? ScriptedProcessor.remoteID(of: reference),
            outcome: .succeeded(at: test.now, nil), refundedMinor: refundedMinor,
            madeAt: test.now)
    }

    // MARK: Nothing

    @Test func `books that agree have no difference, and nothing is written about charges`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        processor.answerRefunds(.succeed)
        try await test.refund(charge, "2.00", through: processor)
        let before = try await test.onlyCharge()
        let events = try await test.events().count
        let report = try await compare(test, processor)
        #expect(report.compared == 1 && report.repaired == 0 && report.differences.isEmpty)
        #expect(
            report.json.text == #"{"compared":1,"applied":0,"repaired":0,"differences":0,"#
                + #""payouts":0,"payouts_differing":0}"#)
        #expect(try await test.onlyCharge() == before)
        #expect(try await test.events().count == events)
        try await expectSound(test)
    }

    @Test(
        arguments: [
            .decline("insufficient_funds"), .needAction(), .accept,
        ] as [ScriptedProcessor.Reply])
    func `charges that failed on both sides are not a difference`(
        reply: ScriptedProcessor.Reply
    ) async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(reply)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        let report = try await compare(test, processor)
        #expect(report.compared == 1 && report.repaired == 0 && report.differences.isEmpty)
        #expect(try await test.onlyCharge().state == charge.state)
    }

    @Test func `a book that never charged agrees with an empty list`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let report = try await compare(test, test.processor(.succeed))
        #expect(report.compared == 0 && report.differences.isEmpty)
    }

    @Test func `the list is read page by page`() async throws {
        let test = try await TestBook()
        _ = try await test.plantDue(5)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        processor.pageSize = 2
        let report = try await compare(test, processor)
        #expect(report.compared == 5 && report.differences.isEmpty)
    }

    // MARK: One for each kind

    @Test func `missingHere: a payment that no pledge of this book accounts for`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let reference = ChargeReference(
            bookID: test.book.keys.bookID.text, chargeID: ID(bits: 1), pledgeID: ID(bits: 2),
            firstPeriod: 3, periodCount: 1, attempt: 1)
        processor.have(
            ScriptedPayment(
                reference: reference, amount: charge.amount, remoteID: "stray",
                outcome: .succeeded(at: test.now, nil), madeAt: test.now))
        let difference = try await onlyDifference(test, processor)
        #expect(difference.kind == .missingHere && difference.chargeID == nil)
        #expect(difference.pledgeID == reference.pledgeID && difference.period == 3)
        #expect(difference.remoteID == "stray")
        #expect(difference.ours == "nothing" && difference.theirs == "5.00 USD")
        #expect(try await test.charges() == [charge])
    }

    @Test func `missingThere: a paid charge that the processor does not know`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let payment = try #require(charge.remoteID)
        processor.lose(payment)
        let difference = try await onlyDifference(test, processor)
        #expect(difference.kind == .missingThere && difference.chargeID == charge.id)
        #expect(difference.pledgeID == charge.pledgeID && difference.period == 1)
        #expect(difference.remoteID == payment)
        #expect(difference.ours == "5.00 USD" && difference.theirs == "nothing")
        // Nothing is changed: a person decides what it means.
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `amount: another sum was taken than stands here`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.lose(try #require(charge.remoteID))
        processor.have(payment(for: charge, test, minorUnits: 600))
        let difference = try await onlyDifference(test, processor)
        #expect(difference.kind == .amount && difference.chargeID == charge.id)
        #expect(difference.ours == "5.00 USD" && difference.theirs == "6.00 USD")
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `state: what is paid here did not go through there`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.settle(
            test.reference(of: charge), as: .declined(Decline(code: "insufficient_funds")))
        let difference = try await onlyDifference(test, processor)
        #expect(difference.kind == .state && difference.remoteID == charge.remoteID)
        #expect(difference.ours == "succeeded" && difference.theirs == "not succeeded")
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `refunded: more went back there than stands here`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.giveBack(200, of: try #require(charge.remoteID))
        let difference = try await onlyDifference(test, processor)
        #expect(difference.kind == .refunded && difference.chargeID == charge.id)
        #expect(difference.ours == "0.00 USD" && difference.theirs == "2.00 USD")
        #expect(try await test.onlyCharge() == charge)
    }

    @Test func `paidTwice: a second payment for one charge, until it is given back`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        processor.have(payment(for: charge, test, attempt: 2, remoteID: "second"))
        // The result is the same however often the books are compared.
        for _ in 0..<2 {
            let difference = try await onlyDifference(test, processor)
            #expect(difference.kind == .paidTwice && difference.chargeID == charge.id)
            #expect(difference.remoteID == "second" && difference.theirs == "5.00 USD")
            #expect(difference.ours == charge.remoteID)
        }
        #expect(try await test.onlyCharge().remoteID == charge.remoteID)
        #expect(try await test.pledge(charge.pledgeID).chargesSucceeded == 1)
        // What the list has may be another copy's honest gift: a person decides.
        #expect(try await test.openAttention().map(\.kind) == [.extraPayment])
        #expect(try await test.refunds(of: charge).isEmpty)
        processor.giveBack(500, of: "second")
        #expect(try await compare(test, processor).differences.isEmpty)
        try await expectSound(test)
    }

    @Test func `paidTwice: by hand and through the processor after all`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        let charge = try await RecordPayment.run(
            .init(pledgeID: pledge.id, note: "in cash"), in: test.context())
        processor.settle(test.reference(of: charge), as: .succeeded(at: test.now, nil))
        let difference = try await onlyDifference(test, processor)
        #expect(difference.kind == .paidTwice && difference.ours == "recorded by hand")
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 1)
    }

    @Test func `every kind is written with what a person needs to look it up`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.giveBack(200, of: try #require(charge.remoteID))
        let text = try await onlyDifference(test, processor).json.text
        #expect(text.contains(#""kind":"refunded""#) && text.contains(charge.id.text))
        #expect(text.contains(charge.pledgeID.text) && text.contains(#""period":1"#))
    }

    // MARK: What is mended

    @Test func `a payment whose reply was lost is booked`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.lose(.succeed))
        try await test.bill(through: processor)
        let report = try await compare(test, processor)
        #expect(report.repaired == 1 && report.differences.isEmpty)
        #expect(try await test.onlyCharge().state == .succeeded)
        #expect(try await test.pledge(pledge.id).chargesSucceeded == 1)
        #expect(processor.orders.count == 1)
        #expect(try await compare(test, processor).repaired == 0)
        try await expectSound(test)
    }

    @Test func `a decline whose reply was lost is booked`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.lose(.decline("insufficient_funds")))
        try await test.bill(through: processor)
        let report = try await compare(test, processor)
        #expect(report.repaired == 1 && report.differences.isEmpty)
        #expect(try await test.onlyCharge().state == .declined)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        try await expectSound(test)
    }

    @Test func `a payment for a period that this book does not have is adopted`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        let reference = ChargeReference(
            bookID: test.book.keys.bookID.text, chargeID: ID(bits: 1), pledgeID: pledge.id,
            firstPeriod: 1, periodCount: 1, attempt: 1)
        processor.have(
            ScriptedPayment(
                reference: reference, amount: pledge.amount, remoteID: "adopted",
                outcome: .succeeded(at: test.now, nil), madeAt: test.now))
        let report = try await compare(test, processor)
        #expect(report.repaired == 1 && report.differences.isEmpty)
        let charge = try await test.onlyCharge()
        #expect(charge.state == .succeeded && charge.remoteID == "adopted")
        #expect(try await test.pledge(pledge.id).nextChargeOn == CivilDate("2026-12-22"))
        try await test.bill(through: processor)
        #expect(processor.orders.isEmpty)
        try await expectSound(test)
    }

    @Test func `messages that did not come are fetched and applied first`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        let payment = try #require(charge.remoteID)
        processor.giveBack(200, of: payment)
        processor.tell(
            .refund(
                paymentRemoteID: payment, number: nil,
                Money(minorUnits: 200, currency: charge.amount.currency),
                RefundAnswer(.succeeded, remoteID: "re_1")))
        #expect(try await compare(test, processor).differences.isEmpty)
        #expect(try await test.onlyCharge().refundedMinor == 200)
        try await expectSound(test)
    }

    // MARK: How far back

    @Test func `what is older than it asks for is not compared`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.lose(try #require(charge.remoteID))
        processor.have(payment(for: charge, test, minorUnits: 600))
        let start = test.now
        test.now = start.adding(days: 35).adding(milliseconds: 1)
        let report = try await compare(test, processor)
        #expect(report.compared == 0 && report.differences.isEmpty)
        let all = try await compare(test, processor, since: start)
        #expect(all.compared == 1 && all.differences.map(\.kind) == [.amount])
    }

    @Test func `what was made before and paid since is asked for by itself`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.accept)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        test.now = test.now.adding(days: 40)
        let answer = ChargeAnswer(
            .succeeded(at: test.now, nil),
            remoteID: ScriptedProcessor.remoteID(of: test.reference(of: charge)))
        processor.settle(test.reference(of: charge), as: answer.outcome)
        try await test.receive(
            processor.tell(.charge(test.reference(of: charge), charge.amount, answer)),
            from: processor)
        let report = try await compare(test, processor)
        #expect(report.compared == 0 && report.differences.isEmpty)
        #expect(processor.lookUps.last == charge.lastKey)
    }

    @Test func `payments of another book in the same account are ignored`() async throws {
        let (test, charge, processor) = try await TestBook.charged()
        processor.have(
            ScriptedPayment(
                reference: ChargeReference(charge, attempt: 2, bookID: "book_other"),
                amount: charge.amount, remoteID: "other",
                outcome: .succeeded(at: test.now, nil), madeAt: test.now))
        let report = try await compare(test, processor)
        #expect(report.compared == 1 && report.differences.isEmpty)
    }

    @Test func `money that came another way is looked for at no processor`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        _ = try await RecordPayment.run(
            .init(pledgeID: pledge.id, note: "in cash"), in: test.context())
        let report = try await compare(test, test.processor(.succeed))
        #expect(report.compared == 0 && report.differences.isEmpty)
    }

    // MARK: Who cannot be asked

    @Test func `an unreachable processor is not an empty list`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        processor.isDown = true
        await #expect(throws: ProcessorUnavailable.self) { try await compare(test, processor) }
    }

    @Test func `a processor whose look-up fails does not report a payment as missing`()
        async throws
    {
        let (test, charge, processor) = try await TestBook.charged()
        processor.lose(try #require(charge.remoteID))
        processor.isSearchDown = true
        await #expect(throws: ProcessorUnavailable.self) { try await compare(test, processor) }
        processor.isSearchDown = false
        #expect(try await onlyDifference(test, processor).kind == .missingThere)
    }

    @Test func `a held copy of the book is not compared`() async throws {
        let (test, _, processor) = try await TestBook.charged()
        let copy = try await test.copy()
        try await test.bill(through: processor)
        await expectRefusal(.notPermitted) { try await compare(copy, processor) }
    }
}
