package import Payments
package import Pledging
import Synchronization

/// A processor that answers as the test says; there is no default answer. It keeps its own records,
/// so that a test can see what money was taken whatever the replies said.
package final class ScriptedProcessor: PaymentProcessor {
    /// What happens to one order, and which reply comes back.
    package enum Reply: Hashable, Sendable {
        case succeed
        case decline(String, advice: Decline.Advice? = nil)
        case needAction(url: String? = nil)
        case accept
        /// It happens, but the reply is lost.
        indirect case lose(Reply)
        /// The order never arrives, and no reply comes.
        case neverArrive
    }

    /// What happens to one refund, and which reply comes back.
    package enum RefundReply: Hashable, Sendable {
        case succeed
        case accept
        case fail(String)
        indirect case lose(RefundReply)
        case neverArrive
    }

    package let name: String
    package let mode: ProcessorMode
    package let callsInFlight: Int
    package let keyLifetimeHours: Int64
    private let clock: @Sendable () -> Instant
    private let state: Mutex<State>

    /// `clock` gives the processor's time, usually the book's own.
    package init(
        name: String = "sandbox", mode: ProcessorMode = .test, callsInFlight: Int = 1,
        keyLifetimeHours: Int64 = 24, clock: @escaping @Sendable () -> Instant,
        answering script: @escaping @Sendable (ChargeOrder) async -> Reply
    ) {
        self.name = name
        self.mode = mode
        self.callsInFlight = callsInFlight
        self.keyLifetimeHours = keyLifetimeHours
        self.clock = clock
        state = Mutex(State(script: script))
    }

    /// Sets the replies from now on.
    package func answer(_ script: @escaping @Sendable (ChargeOrder) async -> Reply) {
        state.withLock { $0.script = script }
    }

    package func answer(_ reply: Reply) { answer { _ in reply } }

    /// Sets what happens when a reader confirms a payment.
    package func answerVisits(_ reply: Reply) { state.withLock { $0.visitReply = reply } }

    package func answerRefunds(_ reply: RefundReply) { state.withLock { $0.refundReply = reply } }

    // MARK: Behaviour

    /// Milliseconds by which its clock is ahead.
    package var aheadMilliseconds: Int64 {
        get { state.withLock { $0.aheadMilliseconds } }
        set { state.withLock { $0.aheadMilliseconds = newValue } }
    }

    /// Whether nobody can reach it.
    package var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    /// Whether its lists of payments and messages are refused, as to a key without that right.
    package var refusesLists: Bool {
        get { state.withLock { $0.refusesLists } }
        set { state.withLock { $0.refusesLists = newValue } }
    }

    /// Whether it takes orders and tells the time, but answers no look-up.
    package var isSearchDown: Bool {
        get { state.withLock { $0.isSearchDown } }
        set { state.withLock { $0.isSearchDown = newValue } }
    }

    /// Whether its API key has lost the right to write: what is asked under a known key is refused.
    package var refusesRepeats: Bool {
        get { state.withLock { $0.refusesRepeats } }
        set { state.withLock { $0.refusesRepeats = newValue } }
    }

    /// What it paid out; nil: it does not say.
    package var paidOut: [PayoutRecord]? {
        get { state.withLock { $0.paidOut } }
        set { state.withLock { $0.paidOut = newValue } }
    }

    /// Whether it forgets tokens when it is asked to; false until a test sets it.
    package var forgets: Bool {
        get { state.withLock { $0.forgets } }
        set { state.withLock { $0.forgets = newValue } }
    }

    /// Messages or payments on each page.
    package var pageSize: Int {
        get { state.withLock { $0.pageSize } }
        set { state.withLock { $0.pageSize = newValue } }
    }

    // MARK: Calls and payments

    /// In the order in which they came, including repeats.
    package var orders: [ChargeOrder] { state.withLock { $0.orders } }
    package var keys: [String] { orders.map(\.reference.key) }
    package var refundOrders: [RefundOrder] { state.withLock { $0.refundOrders } }
    /// The keys of attempts that were looked up, and of those that were withdrawn.
    package var lookUps: [String] { state.withLock { $0.lookUps } }
    /// The readers who came to confirm a payment.
    package var visits: [ReaderVisit] { state.withLock { $0.visits } }
    package var withdrawals: [String] { state.withLock { $0.withdrawals } }
    package var payments: [ScriptedPayment] { state.withLock { $0.payments } }
    /// The tokens that it forgot.
    package var forgotten: [String] { state.withLock { $0.forgotten } }

    /// How often money was taken for each `<pledge>:<period>`.
    package var takings: [String: Int] {
        var counts: [String: Int] = [:]
        for payment in payments where payment.isTaken {
            let reference = payment.reference
            counts["\(reference.pledgeID.text):\(reference.firstPeriod)", default: 0] += 1
        }
        return counts
    }

    // MARK: What happens at the processor

    /// Sets the outcome of a payment, as it turned out later.
    package func settle(_ reference: ChargeReference, as outcome: ChargeOutcome) {
        state.withLock { state in
            for index in state.payments.indices where state.payments[index].reference == reference {
                state.payments[index].outcome = outcome
            }
        }
    }

    /// Adds a payment that this book, in its present form, never ordered.
    package func have(_ payment: ScriptedPayment) {
        state.withLock { $0.payments.append(payment) }
    }

    /// Removes a payment from its records.
    package func lose(_ remoteID: String) {
        state.withLock { state in state.payments.removeAll { $0.remoteID == remoteID } }
    }

    /// Refunds money at the processor.
    package func giveBack(_ minorUnits: Int64, of remoteID: String) {
        state.withLock { state in
            for index in state.payments.indices where state.payments[index].remoteID == remoteID {
                state.payments[index].refundedMinor += minorUnits
            }
        }
    }

    /// Adds a message with this news to its list, and returns it. The body contains `marker`.
    @discardableResult
    package func tell(_ news: ProcessorNews..., marker: String = "") -> InboundMessage {
        state.withLock { state in
            let id = "evt_\(state.messages.count + 1)"
            let message = InboundMessage(remoteID: id, body: Array("\(id) \(marker)".utf8))
            state.messages.append(message)
            state.news[id] = news
            return message
        }
    }

    /// The signature that an inbound message must have.
    package static let signature = (name: "Scripted-Signature", value: "signed")
    package static func remoteID(of reference: ChargeReference) -> String {
        "pay_\(reference.key)"
    }
}

/// A payment in the processor's own records.
package struct ScriptedPayment: Hashable, Sendable {
    package let reference: ChargeReference
    package let amount: Money
    package let remoteID: String
    package var outcome: ChargeOutcome
    package var refundedMinor: Int64
    package let madeAt: Instant

    package init(
        reference: ChargeReference, amount: Money, remoteID: String, outcome: ChargeOutcome,
        refundedMinor: Int64 = 0, madeAt: Instant
    ) {
        self.reference = reference
        self.amount = amount
        self.remoteID = remoteID
        self.outcome = outcome
        self.refundedMinor = refundedMinor
        self.madeAt = madeAt
    }

    package var answer: ChargeAnswer { ChargeAnswer(outcome, remoteID: remoteID) }

    package var isTaken: Bool {
        if case .succeeded = outcome { true } else { false }
    }
}

private struct State: Sendable {
    var script: @Sendable (ChargeOrder) async -> ScriptedProcessor.Reply
    /// Until a test sets another reply.
    var refundReply = ScriptedProcessor.RefundReply.fail("not_scripted")
    /// Until a test sets another reply, nobody confirms anything.
    var visitReply: ScriptedProcessor.Reply?
    var visits: [ReaderVisit] = []
    var aheadMilliseconds: Int64 = 0
    var isDown = false
    var isSearchDown = false
    var refusesLists = false
    var refusesRepeats = false
    var paidOut: [PayoutRecord]? = []
    var forgets = false
    var forgotten: [String] = []
    var pageSize = 100
    var orders: [ChargeOrder] = []
    var refundOrders: [RefundOrder] = []
    var lookUps: [String] = []
    var withdrawals: [String] = []
    var payments: [ScriptedPayment] = []
    var refunds: [String: RefundAnswer] = [:]
    var messages: [InboundMessage] = []
    var news: [String: [ProcessorNews]] = [:]

    var cannotSay: String? { isDown || isSearchDown ? "connection refused" : nil }
}

// MARK: Orders

extension ScriptedProcessor {
    package func time() async throws(ProcessorUnavailable) -> Instant {
        if isDown { throw ProcessorUnavailable(reason: "connection refused") }
        return clock().adding(milliseconds: aheadMilliseconds)
    }

    package func collect(_ order: ChargeOrder) async -> ChargeAnswer {
        let now = clock()
        let (script, known) = state.withLock { state in
            state.orders.append(order)
            return (state.script, state.payments.last { isRepeat(order, of: $0, at: now) })
        }
        if isDown { return ChargeAnswer(.unknown("connection refused")) }
        if let known {
            let refusal = ChargeAnswer(.declined(Decline(code: "secret_key_required")))
            return refusesRepeats ? refusal : known.answer
        }
        let reply = await script(order)
        let (outcome, isLost) = ScriptedProcessor.outcome(of: reply, at: now)
        guard let outcome else { return ChargeAnswer(.unknown("connection reset")) }
        let payment = state.withLock { state in
            let remoteID = ScriptedProcessor.remoteID(of: order.reference)
            // A forgotten key makes another payment.
            let copies = state.payments.count { $0.reference.key == order.reference.key }
            let payment = ScriptedPayment(
                reference: order.reference, amount: order.amount,
                remoteID: copies == 0 ? remoteID : "\(remoteID)#\(copies + 1)", outcome: outcome,
                madeAt: now)
            state.payments.append(payment)
            return payment
        }
        return isLost ? ChargeAnswer(.unknown("time-out")) : payment.answer
    }

    private func isRepeat(
        _ order: ChargeOrder, of payment: ScriptedPayment, at now: Instant
    ) -> Bool {
        payment.reference.key == order.reference.key
            && now < payment.madeAt.adding(hours: keyLifetimeHours)
    }

    private static func outcome(
        of reply: Reply, at now: Instant
    ) -> (outcome: ChargeOutcome?, isLost: Bool) {
        switch reply {
        case .succeed: (.succeeded(at: now, nil), false)
        case .decline(let code, let advice): (.declined(Decline(code: code, advice: advice)), false)
        case .needAction(let url): (.actionNeeded(url: url), false)
        case .accept: (.pending, false)
        case .lose(let inner): (outcome(of: inner, at: now).outcome, true)
        case .neverArrive: (nil, true)
        }
    }

    package func lookUp(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        state.withLock { state in
            state.lookUps.append(reference.key)
            if let reason = state.cannotSay { return .unreachable(reason) }
            let found = state.payments.last { payment in
                payment.remoteID == remoteID
                    || remoteID == nil && payment.reference.key == reference.key
            }
            guard let found else { return .absent }
            return .found(found.answer)
        }
    }

    package func withdraw(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        state.withLock { state in
            state.withdrawals.append(reference.key)
            if let reason = state.cannotSay { return .unreachable(reason) }
            let index = state.payments.lastIndex { $0.reference.key == reference.key }
            guard let index else { return .absent }
            if case .actionNeeded = state.payments[index].outcome {
                state.payments[index].outcome = .declined(.withdrawn)
            }
            return .found(state.payments[index].answer)
        }
    }

    package func confirm(_ visit: ReaderVisit) async -> LookUpAnswer<ChargeAnswer> {
        let now = clock()
        let script = state.withLock { state in
            state.visits.append(visit)
            return state.cannotSay == nil ? state.visitReply : nil
        }
        guard let script else { return .unreachable("connection refused") }
        let (outcome, isLost) = ScriptedProcessor.outcome(of: script, at: now)
        return state.withLock { state in
            let key = visit.reference.key
            guard let index = state.payments.lastIndex(where: { $0.reference.key == key })
            else { return .absent }
            if case .actionNeeded = state.payments[index].outcome, let outcome {
                state.payments[index].outcome = outcome
            }
            return isLost ? .unreachable("time-out") : .found(state.payments[index].answer)
        }
    }

    // MARK: Refunds

    package func refund(_ order: RefundOrder) async -> RefundAnswer {
        state.withLock { state in
            state.refundOrders.append(order)
            if state.isDown { return RefundAnswer(.unknown("connection refused")) }
            if let known = state.refunds[order.key] {
                return state.refusesRepeats ? RefundAnswer(.failed("secret_key_required")) : known
            }
            let remoteID = "ref_\(order.key)"
            let (outcome, isLost) = ScriptedProcessor.outcome(of: state.refundReply)
            guard let outcome else { return RefundAnswer(.unknown("connection reset")) }
            let answer = RefundAnswer(outcome, remoteID: remoteID, amount: order.amount)
            state.refunds[order.key] = answer
            for index in state.payments.indices
            where outcome == .succeeded && state.payments[index].remoteID == order.paymentRemoteID {
                state.payments[index].refundedMinor += order.amount.minorUnits
            }
            return isLost ? RefundAnswer(.unknown("time-out")) : answer
        }
    }

    private static func outcome(
        of reply: RefundReply
    ) -> (outcome: RefundOutcome?, isLost: Bool) {
        switch reply {
        case .succeed: (.succeeded, false)
        case .accept: (.pending, false)
        case .fail(let code): (.failed(code), false)
        case .lose(let inner): (outcome(of: inner).outcome, true)
        case .neverArrive: (nil, true)
        }
    }

    package func lookUp(
        _ order: RefundOrder, remoteID: String?
    ) async -> LookUpAnswer<RefundAnswer> {
        state.withLock { state in
            if let reason = state.cannotSay { return .unreachable(reason) }
            guard let found = state.refunds[order.key] else { return .absent }
            return .found(found)
        }
    }

    // MARK: Messages and lists

    package func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage {
        let wanted = ScriptedProcessor.signature
        let signature = headers.first { $0.name.lowercased() == wanted.name.lowercased() }
        guard let signature else { throw .unsigned }
        guard signature.value == wanted.value else { throw .wrongSignature }
        return InboundMessage(remoteID: ScriptedProcessor.id(in: body), body: body)
    }

    package func news(
        in body: [UInt8], of bookID: String
    ) throws(InboundRefusal) -> [ProcessorNews] {
        guard let news = state.withLock({ $0.news[ScriptedProcessor.id(in: body)] }) else {
            throw .malformed
        }
        return news.filter { item in
            if case .charge(let reference, _, _) = item { reference.bookID == bookID } else { true }
        }
    }

    private static func id(in body: [UInt8]) -> String {
        String(decoding: body.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
    }

    package func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage {
        let (all, size, isDown) = state.withLock {
            ($0.messages, $0.pageSize, $0.isDown || $0.refusesLists)
        }
        if isDown { throw ProcessorUnavailable(reason: "connection refused") }
        let start = cursor.flatMap { Int($0) } ?? 0
        let page = Array(all.dropFirst(start).prefix(size))
        let end = start + page.count
        return MessagePage(
            messages: page, cursor: end == 0 ? nil : String(end), isLast: end == all.count)
    }

    package func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage {
        let (all, size, isDown) = state.withLock {
            ($0.payments, $0.pageSize, $0.isDown || $0.refusesLists)
        }
        if isDown { throw ProcessorUnavailable(reason: "connection refused") }
        // Newest first, as most processors list them.
        let own = all.reversed().filter { payment in
            payment.reference.bookID == bookID && payment.madeAt >= since && payment.madeAt < until
        }
        let start = cursor.flatMap { Int($0) } ?? 0
        let page = own.dropFirst(start).prefix(size).map { payment in
            PaymentRecord(
                reference: payment.reference, amount: payment.amount, answer: payment.answer,
                refundedMinor: payment.refundedMinor, madeAt: payment.madeAt)
        }
        let end = start + page.count
        return PaymentPage(
            payments: Array(page), cursor: end < own.count ? String(end) : nil)
    }

    package func payouts(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PayoutPage {
        guard let all = paidOut else { throw ProcessorUnavailable(reason: "no right") }
        // Two on each page.
        let start = cursor.flatMap { Int($0) } ?? 0
        let end = min(all.count, start + 2)
        return PayoutPage(
            payouts: Array(all[start..<end]), cursor: end < all.count ? String(end) : nil)
    }

    package func issuingCountry(
        ofToken token: String
    ) async throws(ProcessorUnavailable) -> String? {
        throw ProcessorUnavailable(reason: "not scripted")
    }

    package func forget(token: String, customer: String?) async throws(ProcessorUnavailable) {
        let isForgotten = state.withLock { state in
            guard state.forgets, !state.isDown else { return false }
            state.forgotten.append(token)
            return true
        }
        if !isForgotten { throw ProcessorUnavailable(reason: "not scripted") }
    }
}
