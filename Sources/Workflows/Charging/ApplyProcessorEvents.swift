import Payments
package import Pledging
import Store

/// Applies the stored ProcessorEvents in the order in which they came, by the functions that also
/// apply direct replies. The result is the same if events come early, late, twice or out of order.
package enum ApplyProcessorEvents {
    package struct Summary: Hashable, Sendable {
        package var applied = 0
        /// Events that could not be read. They are kept, and `doctor` counts them.
        package var failed = 0

        package var json: JSON {
            ["applied": .integer(Int64(applied)), "failed": .integer(Int64(failed))]
        }
    }

    /// Applies every event that can be applied now. Returns the counts.
    package static func run(
        through processors: Processors, in context: Context
    ) async throws -> Summary {
        var summary = Summary()
        var last = ""
        while true {
            let after = last
            let waiting = try await context.look { look in
                try look.store.waitingProcessorEvents(after: after, limit: batchSize)
            }
            guard let end = waiting.last else { return summary }
            last = end.id.text
            for event in waiting {
                // An event waits while its processor is not set up here.
                guard let processor = processors[event.processor] else { continue }
                try await context.settingAside(event.id.text) {
                    try await apply(event, from: processor, in: context, &summary)
                }
            }
        }
    }

    private static func apply(
        _ event: WaitingProcessorEvent, from processor: any PaymentProcessor,
        in context: Context, _ summary: inout Summary
    ) async throws {
        let news: [ProcessorNews]
        do throws(InboundRefusal) {
            news = try processor.news(in: event.body, of: context.book.keys.bookID.text)
        } catch {
            try await fail(event, because: error.description, in: context)
            summary.failed += 1
            return
        }
        let isApplied = try await context.acting(for: event.processor).change { change in
            let application = NewsApplication(processor: event.processor, change: change)
            if try event.receivedAt.adding(days: patienceDays) > application.paymentsReadAt(),
                try !news.allSatisfy({ try application.knows($0) })
            {
                return false
            }
            guard
                try change.store.finishProcessorEvent(event.id, failure: nil, at: change.now)
            else { return false }
            for item in news { try application.apply(item) }
            return true
        }
        if isApplied { summary.applied += 1 }
    }

    private static func fail(
        _ event: WaitingProcessorEvent, because failure: String, in context: Context
    ) async throws {
        try await context.change { change in
            _ = try change.store.finishProcessorEvent(
                event.id, failure: failure, at: change.now)
            try change.attention.raise(.messageUnreadable, event.id.text, failure)
        }
        context.log(
            .error, "a processor's message could not be read",
            ["event": "\(event.id)", "reason": "\(failure)"])
    }

    private static let batchSize = 100
    /// Days that an event about an unknown payment waits for the payment; a bank debit takes a week
    /// to go through. If the processor's payments and messages were read after that time, the
    /// payment is taken to belong to another book.
    private static let patienceDays: Int64 = 10
}

/// Applies the news of one ProcessorEvent to the book.
private struct NewsApplication {
    let processor: String
    let change: Change

    /// Returns whether the payment that the news is about is known here. News about money that went
    /// back may come before news about the payment itself.
    func knows(_ news: ProcessorNews) throws -> Bool {
        switch news {
        case .charge: true
        case .settlement(let remoteID, _), .refund(let remoteID, _, _, _),
            .dispute(let remoteID, _, _, _), .fraudWarning(let remoteID):
            try payment(remoteID) != nil
        }
    }

    /// Returns when the processor's payments and messages were last read, so that each payment of
    /// this book made before then is known here.
    func paymentsReadAt() throws -> Instant {
        guard let known = try change.store.knownProcessors().first(where: { $0.name == processor })
        else { return change.now }
        let never = Instant(milliseconds: 0)
        return known.reconcileSince == nil ? known.messagesReadAt ?? never : never
    }

    func apply(_ news: ProcessorNews) throws {
        switch news {
        case .charge(let reference, let amount, let answer):
            try Adoption(processor: processor, change: change)
                .apply(answer, of: reference, amount)
        case .settlement(let remoteID, let settlement):
            guard let payment = try payment(remoteID), payment.extra == nil else { return }
            try change.store.settle(payment.charge.id, settlement)
        case .refund(let remoteID, let number, let amount, let answer):
            guard let payment = try payment(remoteID) else { return }
            try change.refunds.apply(answer, number: number, amount, of: payment)
        case .dispute(let paymentID, let remoteID, let amount, let state):
            guard let payment = try payment(paymentID) else { return }
            try change.disputes.apply(
                state, dispute: remoteID, amount, at: processor, of: payment)
        case .fraudWarning(let paymentID):
            guard let payment = try payment(paymentID) else { return }
            try change.disputes.revoke(payment)
        }
    }

    private func payment(_ remoteID: String) throws -> TakenPayment? {
        try change.payment(paidAs: remoteID, at: processor)
    }
}
