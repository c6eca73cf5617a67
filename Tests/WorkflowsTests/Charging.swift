import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

// Helpers for tests of charging.

extension TestBook {
    /// A processor with the book's clock that gives every order this reply.
    func processor(
        _ reply: ScriptedProcessor.Reply, name: String = "sandbox", mode: ProcessorMode = .test,
        callsInFlight: Int = 1
    ) -> ScriptedProcessor {
        ScriptedProcessor(
            name: name, mode: mode, callsInFlight: callsInFlight, clock: { self.now },
            answering: { _ in reply })
    }

    /// A reader whose monthly pledge of five dollars is due today, 2026-11-22.
    @discardableResult
    func plantDue(_ change: (inout Plant) -> Void = { _ in }) async throws -> Planted {
        try await plant {
            $0.startedOn = "2026-01-22"
            $0.nextChargeOn = "2026-11-22"
            change(&$0)
        }
    }

    /// Plants such a reader and returns the pledge.
    func duePledge(
        _ change: (inout Plant) -> Void = { _ in },
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Pledge {
        try #require(try await plantDue(change).pledge, sourceLocation: sourceLocation)
    }

    /// Plants `count` readers, each with a pledge that is due.
    func plantDue(_ count: Int) async throws -> [Pledge] {
        var pledges: [Pledge] = []
        for number in 0..<count {
            pledges.append(try await duePledge { $0.email = "r\(number)@example.org" })
        }
        return pledges
    }

    @discardableResult
    func bill(
        through processor: ScriptedProcessor, _ options: RunBilling.Options = .init(),
        settings: Settings? = nil
    ) async throws -> RunBilling.Summary {
        try await RunBilling.run(
            options, through: Processors([processor]), in: context(settings: settings))
    }

    /// Bills at noon of a day.
    @discardableResult
    func bill(
        through processor: ScriptedProcessor, on day: String
    ) async throws -> RunBilling.Summary {
        try moveClock(to: "\(day)T12:00:00Z")
        return try await bill(through: processor)
    }

    /// Bills at noon of each day; returns those on which something was ordered.
    func daysOfOrders(
        from first: String, through last: String, at processor: ScriptedProcessor
    ) async throws -> [String] {
        var date = try day(first)
        let end = try day(last)
        var days: [String] = []
        while date <= end {
            let before = processor.orders.count
            try await bill(through: processor, on: date.description)
            if processor.orders.count > before { days.append(date.description) }
            date = date.adding(days: 1)
        }
        return days
    }

    @discardableResult
    func reconcile(through processor: ScriptedProcessor) async throws -> ReconcileCharges.Summary {
        try await ReconcileCharges.run(through: Processors([processor]), in: context())
    }

    /// Receives a message as from the processor's own call, and applies what waits.
    func receive(_ message: InboundMessage, from processor: ScriptedProcessor) async throws {
        let isNew = try await RecordProcessorEvent.run(
            message.body, headers: [ScriptedProcessor.signature], from: processor, in: context())
        #expect(isNew)
        try await apply(from: processor)
    }

    @discardableResult
    func apply(from processor: ScriptedProcessor) async throws -> ApplyProcessorEvents.Summary {
        try await ApplyProcessorEvents.run(through: Processors([processor]), in: context())
    }

    /// Refunds what is left of a charge, or `amount` of it.
    @discardableResult
    func refund(
        _ charge: Charge, _ amount: String? = nil, through processor: ScriptedProcessor
    ) async throws -> Refund {
        try await RefundCharge.run(
            charge.id, amount: amount, through: Processors([processor]), in: context())
    }

    // MARK: Reading the book

    func pledge(_ id: ID<Pledge>) async throws -> Pledge {
        try await BrowseBook.pledge(id, in: context())
    }

    func method(of pledge: Pledge) async throws -> PaymentMethod {
        let id = try #require(pledge.paymentMethodID)
        return try await BrowseBook.paymentMethod(id, in: context())
    }

    /// The only charge of the book.
    func onlyCharge(
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Charge {
        let charges = try await charges()
        try #require(charges.count == 1, sourceLocation: sourceLocation)
        return charges[0]
    }

    /// The charges of a pledge, in the order of their periods.
    func charges(of pledge: Pledge) async throws -> [Charge] {
        try await charges().filter { $0.pledgeID == pledge.id }
            .sorted { $0.firstPeriod < $1.firstPeriod }
    }

    func attempts(of charge: Charge) async throws -> [ChargeAttempt] {
        try await book.read { try $0.attempts(of: charge.id) }
    }

    func refunds(of charge: Charge) async throws -> [Refund] {
        try await book.read { try $0.refunds(of: charge.id) }
    }

    func disputes(of charge: Charge) async throws -> [Dispute] {
        try await book.read { try $0.disputes(of: charge.id) }
    }

    /// How many mails of a kind there are, in any state.
    func mails(of kind: QueuedMail.Kind) async throws -> Int {
        try await mails().count { $0.hasPrefix("\(kind.rawValue) ") }
    }

    /// Sets the newsroom's policy for a country, without the check for live pledges.
    func setPolicy(_ policy: RiskPolicy, for country: String) async throws {
        let row = StoredRiskPolicy(
            country: country, policy: policy, refuseFrom: nil, updatedAt: now)
        try await book.write { try $0.set(row) }
    }

    func reference(of charge: Charge, attempt: Int = 1) -> ChargeReference {
        ChargeReference(charge, attempt: attempt, bookID: book.keys.bookID.text)
    }

    // MARK: Charged books

    /// A book with one charge of five dollars that was paid today.
    static func charged(
        _ change: (inout Plant) -> Void = { _ in }
    ) async throws -> (test: TestBook, charge: Charge, processor: ScriptedProcessor) {
        let test = try await TestBook()
        try await test.plantDue(change)
        let processor = test.processor(.succeed)
        try await test.bill(through: processor)
        let charge = try await test.onlyCharge()
        try #require(charge.state == .succeeded)
        return (test, charge, processor)
    }

    /// The same, at a processor that gives refunds this reply.
    static func charged(
        refunding reply: ScriptedProcessor.RefundReply
    ) async throws -> (test: TestBook, charge: Charge, processor: ScriptedProcessor) {
        let charged = try await TestBook.charged()
        charged.processor.answerRefunds(reply)
        return charged
    }
}

extension Charge {
    /// The key of its last attempt, as the processor knows it.
    var lastKey: String { "\(pledgeID.text):\(firstPeriod):\(attempts)" }
}
