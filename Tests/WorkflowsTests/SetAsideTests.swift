import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

/// A row that cannot be written stops nobody else.
@Suite struct SetAsideTests {
    /// Three readers who are due; the total of the second is so high that no payment fits on it.
    private func book() async throws -> (test: TestBook, bad: Pledge, good: [Pledge]) {
        let test = try await TestBook()
        let pledges = try await test.plantDue(3)
        try test.tamper(
            "UPDATE pledges SET total_given_minor = \(Int64.max - 1) "
                + "WHERE id = '\(pledges[1].id)'")
        return (test, pledges[1], [pledges[0], pledges[2]])
    }

    private func subjects(_ test: TestBook) async throws -> [String] {
        try await test.book.read { try $0.openAttentions(limit: 10) }
            .filter { $0.kind == .rowFailing }.map(\.subject)
    }

    @Test func `an answer that cannot be booked is set aside, and the others are charged`()
        async throws
    {
        let (test, bad, good) = try await book()
        let processor = test.processor(.succeed)
        let summary = try await test.bill(through: processor)
        #expect(summary.failure == nil && processor.orders.count == 3)
        for pledge in good { #expect(try await test.pledge(pledge.id).chargesSucceeded == 1) }
        let charge = try #require(try await test.charges(of: bad).first)
        #expect(charge.state == .submitted)
        #expect(try await subjects(test) == [charge.id.text])
        // Later runs ask about it in vain, and go on too.
        for day in ["2026-11-23", "2026-12-22"] { try await test.bill(through: processor, on: day) }
        for pledge in good { #expect(try await test.pledge(pledge.id).chargesSucceeded == 2) }
        // The processor's list names its pledge.
        #expect(try await Set(subjects(test)).isSubset(of: [charge.id.text, bad.id.text]))
        #expect(processor.takings.values.allSatisfy { $0 == 1 })
        // Once it is mended, the payment is booked.
        try test.tamper("UPDATE pledges SET total_given_minor = 0 WHERE id = '\(bad.id)'")
        try await test.bill(through: processor, on: "2026-12-23")
        #expect(try await test.charges(of: bad).first?.state == .succeeded)
    }

    @Test func `a message and a listed payment that cannot be booked wait, and others are booked`()
        async throws
    {
        let (test, bad, good) = try await book()
        let processor = test.processor(.lose(.succeed))
        try await test.bill(through: processor)
        for pledge in [bad] + good {
            let charge = try #require(try await test.charges(of: pledge).first)
            let reference = test.reference(of: charge)
            processor.tell(
                .charge(
                    reference, charge.amount,
                    ChargeAnswer(
                        .succeeded(at: test.now, nil),
                        remoteID: ScriptedProcessor.remoteID(of: reference))))
        }
        try await test.reconcile(through: processor)
        for pledge in good { #expect(try await test.pledge(pledge.id).chargesSucceeded == 1) }
        #expect(try await test.pledge(bad.id).chargesSucceeded == 0)
        let comparison = try await CompareBooks.run(
            through: Processors([processor]), in: test.context())
        #expect(comparison.compared == 3 && comparison.differences == 1)
        #expect(try await !subjects(test).isEmpty)
    }

    @Test func `a pledge that cannot be advanced is set aside, and the others lapse`() async throws
    {
        let (test, pledges, processor) = try await lapsing()
        // The version that would be written next stands already.
        try test.tamper(
            """
            INSERT INTO events (id, type, subject_id, sequence, at, actor, body)
            SELECT 'evt_' || substr(id, 5), 'pledge.changed', id, version + 1, 1, 'cli', '{}'
            FROM pledges WHERE id = '\(pledges[1].id)'
            """)
        let summary = try await test.bill(through: processor, on: "2026-12-20")
        #expect(summary.advanced.lapsed == 2)
        for (number, pledge) in pledges.enumerated() {
            let state = try await test.pledge(pledge.id).state
            #expect(state == (number == 1 ? .pastDue : .lapsed))
        }
        #expect(try await subjects(test).count == 1)
    }

    /// Three pledges whose grace ends on 20 December; their readers were told.
    private func lapsing() async throws -> (TestBook, [Pledge], ScriptedProcessor) {
        let test = try await TestBook()
        let pledges = try await test.plantDue(3)
        let processor = test.processor(.decline("lost_card"))
        try await test.bill(through: processor)
        try await test.tellReaders(on: "2026-11-22")
        return (test, pledges, processor)
    }
}
