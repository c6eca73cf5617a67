import Payments
import Pledging
import Store
import TestSupport
import Testing

@testable import Workflows

/// Before it takes money through a processor, a book has read what that processor has of it.
@Suite struct FirstUseTests {
    @Test func `a folder from before the first charge, put back, charges nothing again`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let copy = try await test.copy(itsOwnJournal: true)
        let processor = test.processor(.succeed)
        let days = try await test.daysOfOrders(
            from: "2026-11-22", through: "2027-01-25", at: processor)
        #expect(days.count == 3)
        copy.now = test.now
        let summary = try await copy.bill(through: processor)
        #expect(summary.reconciled.adopted == 3 && summary.charged.claimed == 0)
        #expect(processor.orders.count == 3)
        #expect(try await copy.pledge(pledge.id).chargesSucceeded == 3)
        try await expectSound(copy)
    }

    @Test func `a new book asks once, and charges in the same run`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.succeed)
        #expect(try await test.bill(through: processor).charged.succeeded == 1)
        let known = try await test.book.read { try $0.knownProcessors() }
        #expect(known.map(\.reconcileSince) == [nil])
        #expect(known.map(\.messagesReadAt) == [test.now])
    }

    @Test func `a processor without a method of the book is not registered`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let other = test.processor(.succeed, name: "elsewhere")
        _ = try await RunBilling.run(
            through: Processors([test.processor(.succeed), other]), in: test.context())
        #expect(try await test.book.read { try $0.knownProcessors() }.map(\.name) == ["sandbox"])
    }

    @Test
    func `where its lists are refused nothing is sent, nothing is given up, and a person is told`()
        async throws
    {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("incorrect_number"))
        try await test.bill(through: processor)
        try await test.tellReaders(on: "2026-11-22")
        let orders = processor.orders.count
        processor.refusesLists = true
        // Far beyond the end of its grace.
        for day in ["2026-11-23", "2026-12-25", "2027-02-01"] {
            let summary = try await test.bill(through: processor, on: day)
            #expect(summary.unread == ["sandbox"])
            #expect(try #require(summary.complaint).contains("could not be read"))
        }
        #expect(processor.orders.count == orders)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.messagesNotRead])
        #expect(open.map(\.timesSeen) == [3])
        processor.refusesLists = false
        let summary = try await test.bill(through: processor, on: "2027-02-02")
        #expect(summary.unread.isEmpty && summary.advanced.lapsed == 1)
        #expect(
            try await !test.openAttention().contains { $0.kind == .messagesNotRead })
        try await expectSound(test)
    }

    @Test func `nothing is given up while the processor is not set up`() async throws {
        let test = try await TestBook()
        let pledge = try await test.duePledge()
        let processor = test.processor(.decline("insufficient_funds"))
        try await test.bill(through: processor)
        try await test.tellReaders(on: "2026-11-29")
        try test.moveClock(to: "2027-02-01T12:00:00Z")
        let without = try await RunBilling.run(through: Processors([]), in: test.context())
        #expect(without.advanced.lapsed == 0)
        #expect(try await test.pledge(pledge.id).state == .pastDue)
        #expect(try await test.bill(through: processor).advanced.lapsed == 1)
    }

    @Test func `payments are read again after weeks without messages`() async throws {
        let test = try await TestBook()
        try await test.plantDue()
        let copy = try await test.copy(itsOwnJournal: true)
        let processor = test.processor(.succeed)
        try await copy.bill(through: processor)
        // The other copy goes on for months, and the list of messages has nothing of it.
        _ = try await test.daysOfOrders(from: "2026-11-23", through: "2027-02-25", at: processor)
        copy.now = test.now
        let orders = processor.orders.count
        let summary = try await copy.bill(through: processor)
        #expect(summary.reconciled.adopted == 3 && summary.charged.claimed == 0)
        #expect(processor.orders.count == orders)
        try await expectSound(copy)
    }

    @Test func `a payment whose pledge is not here needs a person`() async throws {
        let test = try await TestBook()
        let copy = try await test.copy(itsOwnJournal: true)
        let pledge = try await test.duePledge()
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        copy.now = test.now
        try await copy.plantDue { $0.email = "other@example.org" }
        try await copy.bill(through: processor)
        let open = try await copy.openAttention()
        #expect(open.map(\.kind) == [.unknownPayment])
        #expect(open.map(\.subject) == [pledge.id.text])
        #expect(open.first?.detail == "5.00 USD through sandbox")
        try await expectSound(copy)
    }

    @Test func `a restored book that was released without the live key still takes the live key`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue { $0.processor = "live" }
        try await test.context().change { try $0.store.markRestored() }
        _ = try await ReleaseBook.run(sendsAgain: false, in: test.context())
        // A run in a shell without the key: the Sandbox alone is set up.
        _ = try await test.bill(through: test.processor(.succeed))
        #expect(try await test.book.read { try $0.knownProcessors() }.isEmpty)
        let live = test.processor(.succeed, name: "live", mode: .live)
        let summary = try await RunBilling.run(
            through: Processors([live]), in: test.context())
        #expect(summary.charged.succeeded == 1)
    }

    @Test func `a refusal of the account stays one attention until a charge is answered`()
        async throws
    {
        let test = try await TestBook()
        try await test.plantDue()
        let processor = test.processor(.decline("api_key_expired"))
        for day in ["2026-11-22", "2026-11-23"] {
            _ = try? await test.bill(through: processor, on: day)
        }
        let open = try await test.openAttention()
        #expect(open.map(\.kind) == [.keyRefused] && open.map(\.timesSeen) == [2])
        processor.answer(.succeed)
        _ = try await test.bill(through: processor, on: "2026-11-24")
        #expect(try await test.openAttention().isEmpty)
    }
}
