package import Pledging

extension SandboxProcessor {
    package func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage {
        let now = clock()
        return try await listed { ledger in
            try ledger.ripen(by: now)
            var position = cursor.flatMap { UInt64($0) } ?? 0
            var messages: [InboundMessage] = []
            while messages.count < SandboxProcessor.pageSize,
                let (fact, next) = try ledger.fact(at: position)
            {
                if fact.at >= since.milliseconds {
                    messages += try ledger.messages(of: fact, at: position)
                }
                position = next
            }
            return MessagePage(
                messages: messages, cursor: String(position),
                isLast: try ledger.fact(at: position) == nil)
        }
    }

    package func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage {
        let now = clock()
        return try await listed { ledger in
            try ledger.ripen(by: now)
            var position = cursor.flatMap { UInt64($0) } ?? 0
            var payments: [PaymentRecord] = []
            while payments.count < SandboxProcessor.pageSize,
                let (fact, next) = try ledger.fact(at: position)
            {
                if fact.kind == .pay, fact.book == bookID, fact.at >= since.milliseconds,
                    fact.at < until.milliseconds,
                    let (reference, amount) = SandboxMessages.reference(fact)
                {
                    payments.append(
                        PaymentRecord(
                            reference: reference, amount: amount,
                            answer: try ledger.answer(to: position, fact),
                            refundedMinor: try ledger.returned(of: position),
                            madeAt: Instant(milliseconds: fact.at)))
                }
                position = next
            }
            let isLast = try ledger.fact(at: position) == nil
            return PaymentPage(payments: payments, cursor: isLast ? nil : String(position))
        }
    }

    private static let pageSize = 500
}

extension SandboxLedger {
    /// Returns the message about a fact; none for a fact that no message reports.
    fileprivate func messages(of fact: Fact, at offset: UInt64) throws -> [InboundMessage] {
        let payment: UInt64
        switch fact.kind {
        case .pay: payment = offset
        case .settle, .refund, .dispute:
            guard let of = fact.payment.flatMap(SandboxLedger.offset) else { return [] }
            payment = of
        case .lost, .forget: return []
        }
        guard let (paid, _) = try self.fact(at: payment) else { return [] }
        let message = SandboxMessages.Message(
            id: "sandbox_evt_\(offset)", payment: paid, name: SandboxLedger.name(of: payment),
            fact: fact, offset: offset)
        return [InboundMessage(remoteID: message.id, body: try SandboxMessages.encode(message))]
    }
}
