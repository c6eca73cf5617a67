// Payments: reach. Everything that is known of payment processors: the protocol, the table of them
// (ProcessorTable), what those that speak HTTP share (HTTP/), and each processor in a folder of its
// own; its vendor's name stands nowhere else. May import Pledging and OpenSSL, and in HTTP/ an HTTP
// client; knows no book, no schedule and no rule of when to charge.

package import Pledging

/// One payment processor, as the rest of the house sees it. No function throws for what a bank or a
/// network does: that is an answer.
package protocol PaymentProcessor: Sendable {
    /// As payment methods name it.
    var name: String { get }
    /// Whether real money moves.
    var mode: ProcessorMode { get }
    /// Calls that may run at the same time.
    var callsInFlight: Int { get }
    /// Hours for which a repeated key is sure to take nothing twice.
    var keyLifetimeHours: Int64 { get }

    /// What time it is there.
    func time() async throws(ProcessorUnavailable) -> Instant

    /// Takes the money, once for each key however often it is called.
    func collect(_ order: ChargeOrder) async -> ChargeAnswer

    /// Finds the payment of an attempt, by the processor's name for it or else by what was sent
    /// with it. What was made within the last minutes may not be found yet.
    func lookUp(_ reference: ChargeReference, remoteID: String?) async -> LookUpAnswer<ChargeAnswer>

    /// Calls off what waits for the reader, so that it can never go through; `found` tells what
    /// became of it: `declined(.withdrawn)`, or what had happened before.
    func withdraw(_ reference: ChargeReference, remoteID: String?) async
        -> LookUpAnswer<ChargeAnswer>

    /// Gives money back, once for each key.
    func refund(_ order: RefundOrder) async -> RefundAnswer

    func lookUp(_ order: RefundOrder, remoteID: String?) async -> LookUpAnswer<RefundAnswer>

    /// Checks an inbound message to the byte: its signature, and that it is no older than the
    /// processor's scheme allows. Header names in any case.
    func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage

    /// What a verified or listed message tells of this book; empty when it is none of its affairs.
    func news(in body: [UInt8], of bookID: String) throws(InboundRefusal) -> [ProcessorNews]

    /// The messages after `cursor` (the processor's own word for a place in its list), or since
    /// `since` where there is none yet, oldest first: what inbound messages should have brought.
    func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage

    /// The payments of this book that were made in `[since, until)`, with what became of them, page
    /// by page. Nil as `after` is the first page.
    func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage

    /// What was passed on to the newsroom's bank since then, page by page. Empty at a processor
    /// that tells payouts by its messages.
    func settlements(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> SettlementPage

    /// The country of the bank behind a token, asked of the processor alone, before any bank hears
    /// of it; nil where it cannot tell.
    func issuingCountry(
        ofToken token: String
    ) async throws(ProcessorUnavailable) -> String?

    /// Has the processor forget a token, and the customer made for it. Gone already is gone.
    func forget(token: String, customer: String?) async throws(ProcessorUnavailable)

    /// Closes its connections. Nothing may be asked afterwards.
    func close() async throws
}

package enum ProcessorMode: String, CaseIterable, Sendable { case test, live }

/// What is to be taken.
package struct ChargeOrder: Hashable, Sendable {
    package let reference: ChargeReference
    package let amount: Money
    package let kind: PaymentMethod.Kind
    package let method: PaymentMethod.Secret
    /// The reader is on the page; else nobody can answer a question of the bank.
    package let isReaderPresent: Bool

    package init(
        reference: ChargeReference, amount: Money, kind: PaymentMethod.Kind,
        method: PaymentMethod.Secret, isReaderPresent: Bool
    ) {
        self.reference = reference
        self.amount = amount
        self.kind = kind
        self.method = method
        self.isReaderPresent = isReaderPresent
    }
}

/// What is to be given back of a payment.
package struct RefundOrder: Hashable, Sendable {
    package let charge: ChargeReference
    /// 1, 2, 3 … of the charge.
    package let number: Int
    /// The processor's name for the payment.
    package let paymentRemoteID: String
    package let amount: Money

    package init(
        charge: ChargeReference, number: Int, paymentRemoteID: String, amount: Money
    ) {
        self.charge = charge
        self.number = number
        self.paymentRemoteID = paymentRemoteID
        self.amount = amount
    }

    /// The idempotency key, `<pledge>:<period>:refund:<n>`.
    package var key: String { "\(charge.pledgeID.text):\(charge.firstPeriod):refund:\(number)" }
}

package enum LookUpAnswer<Found: Hashable & Sendable>: Hashable, Sendable {
    case found(Found)
    /// The processor was asked and does not have it.
    case absent
    /// It could not be asked; in words for an operator.
    case unreachable(String)
}

/// A processor could not be asked, or refuses this account.
package struct ProcessorUnavailable: Error, CustomStringConvertible {
    package let reason: String
    /// Nothing helps but the newsroom's hand: a wrong key, a closed account.
    package let needsOperator: Bool

    package init(reason: String, needsOperator: Bool = false) {
        self.reason = reason
        self.needsOperator = needsOperator
    }

    package var description: String { reason }
}

/// Why an inbound message is not believed.
package enum InboundRefusal: Error, Equatable, CustomStringConvertible {
    case unsigned, wrongSignature, tooOld, malformed
    /// It tells of test money where live money is taken, or the other way round.
    case wrongMode

    package var description: String {
        switch self {
        case .unsigned: "no signature"
        case .wrongSignature: "the signature does not match"
        case .tooOld: "signed too long ago, or in the future"
        case .malformed: "not a message of this processor"
        case .wrongMode: "a message of the other mode (test, live)"
        }
    }
}

/// An inbound message that was verified: its bytes are kept and read later.
package struct InboundMessage: Hashable, Sendable {
    /// The processor's own id of it: the same message may come again.
    package let remoteID: String
    package let body: [UInt8]

    package init(remoteID: String, body: [UInt8]) {
        self.remoteID = remoteID
        self.body = body
    }
}

package struct MessagePage: Sendable {
    package let messages: [InboundMessage]
    /// Where to go on, now or another day; nil only where there was nothing at all.
    package let cursor: String?
    package let isLast: Bool

    package init(messages: [InboundMessage], cursor: String?, isLast: Bool) {
        self.messages = messages
        self.cursor = cursor
        self.isLast = isLast
    }
}

/// Something that a processor tells of one of our payments.
package enum ProcessorNews: Hashable, Sendable {
    case charge(ChargeReference, Money, ChargeAnswer)
    /// Fee, net and payout, once they are known.
    case settlement(paymentRemoteID: String, Settlement)
    /// `number` is ours; nil for a refund that was made at the processor itself.
    case refund(paymentRemoteID: String, number: Int?, Money, RefundAnswer)
    case dispute(paymentRemoteID: String, remoteID: String, Money?, Dispute.State)
    /// A dispute is likely: the bank suspects the payment.
    case fraudWarning(paymentRemoteID: String)
}

/// One payment in the processor's book.
package struct PaymentRecord: Hashable, Sendable {
    package let reference: ChargeReference
    package let amount: Money
    package let answer: ChargeAnswer
    /// Given back so far, lost disputes included, in minor units of the amount.
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
    /// The next page; nil after the last.
    package let cursor: String?

    package init(payments: [PaymentRecord], cursor: String?) {
        self.payments = payments
        self.cursor = cursor
    }
}

/// Fee, net and payout of a payment, once it was passed on.
package struct PaymentSettlement: Hashable, Sendable {
    package let paymentRemoteID: String
    package let settlement: Settlement

    package init(paymentRemoteID: String, settlement: Settlement) {
        self.paymentRemoteID = paymentRemoteID
        self.settlement = settlement
    }
}

package struct SettlementPage: Sendable {
    package let settlements: [PaymentSettlement]
    /// The next page; nil after the last.
    package let cursor: String?

    package init(settlements: [PaymentSettlement], cursor: String?) {
        self.settlements = settlements
        self.cursor = cursor
    }
}

extension PaymentProcessor {
    package func settlements(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> SettlementPage {
        SettlementPage(settlements: [], cursor: nil)
    }

    /// For one that has no connections.
    package func close() async throws {}
}
