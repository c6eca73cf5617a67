import Payments
package import Pledging
import Store

/// Applies what processors told, in the order in which it came, by the same functions that apply
/// their direct replies. What comes early, late, twice or out of order ends the same.
package enum ApplyProcessorEvents {
    package struct Summary: Hashable, Sendable {
        package var applied = 0
        /// What could not be read; it is kept and listed.
        package var failed = 0

        package var json: JSON {
            ["applied": .integer(Int64(applied)), "failed": .integer(Int64(failed))]
        }
    }

    package static func run(
        through processors: Processors, in context: Context
    ) async throws -> Summary {
        var summary = Summary()
        let bookID = context.book.keys.bookID.text
        var last = ""
        while true {
            let after = last
            let waiting = try await context.book.read { transaction in
                try transaction.waitingProcessorEvents(after: after, limit: batchSize)
            }
            guard let end = waiting.last else { return summary }
            last = end.id.text
            for event in waiting {
                // One whose processor is not set up here waits for the day when it is.
                guard let processor = processors[event.processor] else { continue }
                let news: [ProcessorNews]
                do throws(InboundRefusal) {
                    news = try processor.news(in: event.body, of: bookID)
                } catch {
                    try await finish(event, failure: error.description, context)
                    summary.failed += 1
                    continue
                }
                let context = context.acting(for: event.processor)
                let now = context.now
                let isApplied = try await context.book.write { transaction in
                    if event.receivedAt.adding(days: patienceDays) > now,
                        try !news.allSatisfy({ try transaction.knows($0, from: event.processor) })
                    {
                        return false
                    }
                    guard try transaction.finishProcessorEvent(event.id, failure: nil, at: now)
                    else { return false }
                    for item in news {
                        try transaction.apply(item, from: event.processor, in: context, at: now)
                    }
                    return true
                }
                if isApplied { summary.applied += 1 }
            }
        }
    }

    private static func finish(
        _ event: WaitingProcessorEvent, failure: String, _ context: Context
    ) async throws {
        let now = context.now
        _ = try await context.book.write { transaction in
            try transaction.finishProcessorEvent(event.id, failure: failure, at: now)
        }
        context.log(.error, "message unreadable", ["event": "\(event.id)", "reason": "\(failure)"])
    }

    private static let batchSize = 100
    /// Days that a message about a payment waits until the payment is known here; then it is none
    /// of this book's. A bank debit takes a week to go through.
    private static let patienceDays: Int64 = 10
}

extension Transaction {
    /// Whether what the news is about is known here; news of money that went back may come before
    /// those of the payment itself.
    fileprivate func knows(_ news: ProcessorNews, from processor: String) throws -> Bool {
        switch news {
        case .charge: true
        case .settlement(let remoteID, _), .refund(let remoteID, _, _, _),
            .dispute(let remoteID, _, _, _), .fraudWarning(let remoteID):
            try charge(paidAs: remoteID, at: processor) != nil
        }
    }

    fileprivate func apply(
        _ news: ProcessorNews, from processor: String, in context: Context, at now: Instant
    ) throws {
        switch news {
        case .charge(let reference, let amount, let answer):
            try book(answer, of: reference, amount, at: processor, in: context, at: now)
        case .settlement(let remoteID, let settlement):
            guard let charge = try charge(paidAs: remoteID, at: processor) else { return }
            try settle(charge.id, settlement)
        case .refund(let remoteID, let number, let amount, let answer):
            guard let charge = try charge(paidAs: remoteID, at: processor) else { return }
            try book(answer, number: number, amount, of: charge, in: context, at: now)
        case .dispute(let paymentID, let remoteID, let amount, let state):
            guard let charge = try charge(paidAs: paymentID, at: processor) else { return }
            try book(
                state, dispute: remoteID, amount, at: processor, of: charge, in: context, at: now)
        case .fraudWarning(let paymentID):
            guard let charge = try charge(paidAs: paymentID, at: processor) else { return }
            try revoke(charge, in: context, at: now)
        }
    }

    /// What the reader's bank demands back. The method is dead and its pledges end; a lost dispute
    /// is money that went back.
    private func book(
        _ state: Dispute.State, dispute remoteID: String, _ told: Money?, at processor: String,
        of charge: Charge, in context: Context, at now: Instant
    ) throws {
        // A bank may demand it in a currency of its own: then it is the whole charge.
        let amount = told.flatMap { $0.currency == charge.amount.currency ? $0 : nil }
        let known = try disputes(of: charge.id).first { $0.remoteID == remoteID }
        if known == nil {
            try insert(
                Dispute(
                    id: try context.id(at: now), chargeID: charge.id, processor: processor,
                    remoteID: remoteID, amount: amount ?? charge.amount, createdAt: now))
            try note(.chargeDisputed, charge, in: context, at: now)
            try revoke(charge, in: context, at: now)
        }
        guard state != .open,
            let open = try disputes(of: charge.id).first(where: {
                $0.remoteID == remoteID && $0.state == .open
            })
        else { return }
        try setState(state, of: open, at: now)
        try note(.chargeDisputeClosed, existingCharge(charge.id), in: context, at: now) { changed in
            guard state == .lost else { return }
            try countReturned(open.amount, of: &changed, at: now)
        }
    }

    /// The method that paid it is dead, all pledges that it pays for end, and the charge's own,
    /// though another method may stand there since.
    private func revoke(_ charge: Charge, in context: Context, at now: Instant) throws {
        if let last = try attempts(of: charge.id).last,
            let method = try paymentMethod(last.paymentMethodID)
        {
            try revoke(method, in: context, at: now)
        }
        let pledge = try existingPledge(charge.pledgeID)
        if !pledge.state.isFinal { try revoke(pledge, in: context, at: now) }
    }
}
