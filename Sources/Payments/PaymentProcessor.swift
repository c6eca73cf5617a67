package import Pledging

/// One payment processor. `collect`, `lookUp`, `withdraw` and `refund` do not throw: a failure of a
/// bank or of the network is one of their answers.
package protocol PaymentProcessor: Sendable {
    /// The name that payment methods store.
    var name: String { get }
    /// Whether real money moves.
    var mode: ProcessorMode { get }
    /// How many calls may run at the same time.
    var callsInFlight: Int { get }
    /// Hours for which the processor is sure to remember an idempotency key.
    var keyLifetimeHours: Int64 { get }

    /// Returns the processor's present time.
    func time() async throws(ProcessorUnavailable) -> Instant

    /// Collects the money, once for each key however often it is called.
    func collect(_ order: ChargeOrder) async -> ChargeAnswer

    /// Finds the payment of an attempt by its remote id, or without one by what was sent with it. A
    /// payment made within the last minutes may not be found yet.
    func lookUp(_ reference: ChargeReference, remoteID: String?) async -> LookUpAnswer<ChargeAnswer>

    /// Cancels a payment that waits for the reader, so that it can no longer succeed. `found` holds
    /// what became of it: `declined(.withdrawn)`, or what had happened before.
    func withdraw(_ reference: ChargeReference, remoteID: String?) async
        -> LookUpAnswer<ChargeAnswer>

    /// Asks the bank once more about a payment that waits for the reader, who is there now. `found`
    /// holds what became of it: `actionNeeded` with the bank's page, or what has happened without
    /// one. It stays the same payment, so it is never taken twice.
    func confirm(_ visit: ReaderVisit) async -> LookUpAnswer<ChargeAnswer>

    /// Refunds a payment, once for each key.
    func refund(_ order: RefundOrder) async -> RefundAnswer

    /// Finds a refund by its remote id or its key.
    func lookUp(_ order: RefundOrder, remoteID: String?) async -> LookUpAnswer<RefundAnswer>

    /// Verifies an inbound message over its exact bytes: the signature, and that it is not older
    /// than the processor's scheme allows. Header names may be in any case. Throws
    /// `InboundRefusal`.
    func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage

    /// Returns what a verified or listed message says about this book's payments; empty if nothing.
    /// Throws `malformed` if the body cannot be read.
    func news(in body: [UInt8], of bookID: String) throws(InboundRefusal) -> [ProcessorNews]

    /// Returns the messages after `cursor` (a position in the processor's list), or since `since`
    /// without a cursor, oldest first. The list also has those that never arrived as inbound
    /// messages.
    func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage

    /// Returns a page of this book's payments made in `[since, until)`, each with its present
    /// state. A nil `cursor` asks for the first page.
    func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage

    /// Returns a page of the payouts to the newsroom's bank that were made since `since`.
    func payouts(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PayoutPage

    /// Returns the country of the bank behind a token; nil if the processor cannot tell. It asks
    /// only the processor, before any bank is contacted.
    func issuingCountry(
        ofToken token: String
    ) async throws(ProcessorUnavailable) -> String?

    /// Makes the processor delete a token and the customer made for it. Succeeds if they are gone.
    func forget(token: String, customer: String?) async throws(ProcessorUnavailable)

    /// Closes the processor's connections. It cannot be used afterwards.
    func close() async throws
}

package enum ProcessorMode: String, CaseIterable, Sendable { case test, live }

/// A payment to collect without the reader.
package struct ChargeOrder: Hashable, Sendable {
    package let reference: ChargeReference
    package let amount: Money
    package let kind: PaymentMethod.Kind
    package let method: PaymentMethod.Secret

    package init(
        reference: ChargeReference, amount: Money, kind: PaymentMethod.Kind,
        method: PaymentMethod.Secret
    ) {
        self.reference = reference
        self.amount = amount
        self.kind = kind
        self.method = method
    }
}

/// A reader who comes to confirm a payment that waits for them.
package struct ReaderVisit: Hashable, Sendable {
    package let reference: ChargeReference
    /// The processor's id of the payment; nil if it is not known.
    package let remoteID: String?
    package let method: PaymentMethod.Secret
    /// Where the bank sends the reader back to. The processor may add a query.
    package let returnURL: String

    package init(
        reference: ChargeReference, remoteID: String?, method: PaymentMethod.Secret,
        returnURL: String
    ) {
        self.reference = reference
        self.remoteID = remoteID
        self.method = method
        self.returnURL = returnURL
    }
}

/// A refund to make.
package struct RefundOrder: Hashable, Sendable {
    package let charge: ChargeReference
    /// The number of the refund within its charge: 1, 2, 3 …
    package let number: Int
    /// The processor's id of the payment.
    package let paymentRemoteID: String
    package let amount: Money
    /// Whether it is an extra payment, which the charge does not count.
    package let isExtra: Bool

    package init(
        charge: ChargeReference, number: Int, paymentRemoteID: String, amount: Money,
        isExtra: Bool = false
    ) {
        self.charge = charge
        self.number = number
        self.paymentRemoteID = paymentRemoteID
        self.amount = amount
        self.isExtra = isExtra
    }

    /// The idempotency key, `<pledge>:<period>:refund:<n>`. That of an extra payment names its
    /// attempt, so that no copy of the book takes one payment's refund for the other's:
    /// `<pledge>:<period>:<attempt>:refund:<n>`.
    package var key: String {
        let attempt = isExtra ? ":\(charge.attempt)" : ""
        return "\(charge.pledgeID.text):\(charge.firstPeriod)\(attempt):refund:\(number)"
    }
}

/// The result of a look-up at a processor.
package enum LookUpAnswer<Found: Hashable & Sendable>: Hashable, Sendable {
    case found(Found)
    /// The processor was asked and does not have it.
    case absent
    /// The processor could not be asked. The reason is worded for an operator.
    case unreachable(String)
}

/// A processor could not be asked, or refuses this account.
package struct ProcessorUnavailable: Error, CustomStringConvertible {
    package let reason: String
    /// True if only the newsroom can mend it: a wrong key, a closed account.
    package let needsOperator: Bool

    package init(reason: String, needsOperator: Bool = false) {
        self.reason = reason
        self.needsOperator = needsOperator
    }

    package var description: String { reason }
}

/// Why an inbound message is rejected.
package enum InboundRefusal: Error, Equatable, CustomStringConvertible {
    case unsigned, wrongSignature, tooOld, malformed
    /// It is about test money where live money is taken, or the other way round.
    case wrongMode

    package var description: String {
        switch self {
        case .unsigned: "no signature"
        case .wrongSignature: "the signature does not match"
        case .tooOld: "signed too long ago, or in the future"
        case .malformed: "not a message from this processor"
        case .wrongMode:
            "a test message where live money is taken, or the other way round"
        }
    }
}

/// An inbound message that was verified. Its bytes are stored and read later.
package struct InboundMessage: Hashable, Sendable {
    /// The processor's id of the message; the same message may arrive again.
    package let remoteID: String
    package let body: [UInt8]

    package init(remoteID: String, body: [UInt8]) {
        self.remoteID = remoteID
        self.body = body
    }
}

/// A page of a processor's messages.
package struct MessagePage: Sendable {
    package let messages: [InboundMessage]
    /// Where to continue, now or in a later run; nil only if there were no messages at all.
    package let cursor: String?
    package let isLast: Bool

    package init(messages: [InboundMessage], cursor: String?, isLast: Bool) {
        self.messages = messages
        self.cursor = cursor
        self.isLast = isLast
    }
}

/// What a processor reports about one of our payments.
package enum ProcessorNews: Hashable, Sendable {
    case charge(ChargeReference, Money, ChargeAnswer)
    /// Fee, net and payout, once they are known.
    case settlement(paymentRemoteID: String, Settlement)
    /// `number` is our number of the refund; nil if it was made at the processor itself.
    case refund(paymentRemoteID: String, number: Int?, Money, RefundAnswer)
    case dispute(paymentRemoteID: String, remoteID: String, Money?, Dispute.State)
    /// The bank suspects fraud; a dispute is likely.
    case fraudWarning(paymentRemoteID: String)
}

/// One payment in the processor's records.
package struct PaymentRecord: Hashable, Sendable {
    package let reference: ChargeReference
    package let amount: Money
    package let answer: ChargeAnswer
    /// Refunded so far, including lost disputes, in minor units of the amount.
    package let refundedMinor: Int64
    package let madeAt: Instant

    package init(
        reference: ChargeReference, amount: Money, answer: ChargeAnswer, refundedMinor: Int64,
        madeAt: Instant
    ) {
        self.reference = reference
        self.amount = amount
        self.answer = answer
        self.refundedMinor = refundedMinor
        self.madeAt = madeAt
    }
}

package struct PaymentPage: Sendable {
    package let payments: [PaymentRecord]
    /// The cursor of the next page; nil after the last.
    package let cursor: String?

    package init(payments: [PaymentRecord], cursor: String?) {
        self.payments = payments
        self.cursor = cursor
    }
}

/// A payout as the processor lists it.
package struct PayoutRecord: Hashable, Sendable {
    package let payout: Payout
    /// Its payments, with fee and net.
    package let payments: [PaymentSettlement]

    package init(payout: Payout, payments: [PaymentSettlement]) {
        self.payout = payout
        self.payments = payments
    }
}

/// Fee, net and payout of a payment that was paid out.
package struct PaymentSettlement: Hashable, Sendable {
    package let paymentRemoteID: String
    package let settlement: Settlement

    package init(paymentRemoteID: String, settlement: Settlement) {
        self.paymentRemoteID = paymentRemoteID
        self.settlement = settlement
    }
}

package struct PayoutPage: Sendable {
    package let payouts: [PayoutRecord]
    /// The cursor of the next page; nil after the last.
    package let cursor: String?

    package init(payouts: [PayoutRecord], cursor: String?) {
        self.payouts = payouts
        self.cursor = cursor
    }
}

extension PaymentProcessor {
    /// Does nothing; for a processor without connections.
    package func close() async throws {}
}
