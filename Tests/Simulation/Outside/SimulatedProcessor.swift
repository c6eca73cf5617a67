import Payments
import Pledging
import Synchronization
import TestSupport

/// A processor with its own records, which are the truth about money. It forgets idempotency keys
/// after a day, finds a payment by its reference only an hour later, loses requests and replies,
/// and is down for days. Its banks decline, ask the reader to act, take days, and dispute.
final class SimulatedProcessor: PaymentProcessor {
    let name = "sandbox"
    let mode = ProcessorMode.test
    let callsInFlight = 4
    let keyLifetimeHours: Int64 = 24

    private struct State {
        var payments: [SimulatedPayment] = []
        var byKey: [String: Int] = [:]
        var byName: [String: Int] = [:]
        var refunds: [String: SimulatedRefund] = [:]
        var messages: [Message] = []
        var ripening: Set<Int> = []
        var disputes = 0
        var movements: [Movement] = []
        var isDown = false
        /// How many of a thousand requests are lost, and how many of a thousand replies.
        var lossPerThousand = 0
        /// A restored copy may use a known key for another order. That is refused, but is not a
        /// fault then.
        var expectsReuse = false
        var complaints: [String] = []
    }

    struct Message {
        let inbound: InboundMessage
        let madeAt: Instant
        let news: ProcessorNews
    }

    private let state = Mutex(State())
    private let clock: @Sendable () -> Instant
    private let dice: Dice

    /// `clock` gives the true time, whatever the newsroom's machine shows.
    init(clock: @escaping @Sendable () -> Instant, dice: Dice) {
        self.clock = clock
        self.dice = dice
    }

    // MARK: What the world changes

    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    var lossPerThousand: Int {
        get { state.withLock { $0.lossPerThousand } }
        set { state.withLock { $0.lossPerThousand = newValue } }
    }

    func expectReuse() { state.withLock { $0.expectsReuse = true } }

    var now: Instant { clock() }
    var payments: [SimulatedPayment] { state.withLock { $0.payments } }
    var movements: [Movement] { state.withLock { $0.movements } }
    var messages: [Message] { state.withLock { $0.messages } }
    var refundCount: Int { state.withLock { $0.refunds.count } }
    var disputeCount: Int { state.withLock { $0.disputes } }

    func payment(named remoteID: String) -> SimulatedPayment? {
        state.withLock { state in state.byName[remoteID].map { state.payments[$0] } }
    }

    /// True if an order under this key would make no payment of its own.
    func remembers(_ key: String) -> Bool {
        let now = clock()
        return state.withLock { remembered(key, $0, at: now) != nil }
    }

    /// The newest payment of a pledge that took money.
    func lastPaid(by pledge: ID<Pledge>) -> SimulatedPayment? {
        payments.last { $0.taken && $0.reference.pledgeID == pledge }
    }

    /// Returns the violations seen since the last call.
    func takeComplaints() -> [String] {
        state.withLock { state in
            defer { state.complaints = [] }
            return state.complaints
        }
    }

    /// Lets time pass: decides what was pending, and opens and ends disputes.
    func ripen() {
        let now = clock()
        state.withLock { state in
            for index in state.ripening.sorted() {
                guard let fate = state.payments[index].fate, fate.at <= now else { continue }
                state.payments[index].fate = nil
                state.ripening.remove(index)
                turn(index, fate.turn, &state, at: now)
            }
            for (key, refund) in state.refunds.sorted(by: { $0.key < $1.key }) {
                guard let turnsAt = refund.turnsAt, turnsAt <= now else { continue }
                state.refunds[key]?.turnsAt = nil
                settle(key, refund.order, dice.chance(800) ? .succeeded : .failed("lost"), &state)
            }
        }
    }

    // MARK: Collecting

    func time() async throws(ProcessorUnavailable) -> Instant {
        if isDown { throw ProcessorUnavailable(reason: "down") }
        return clock()
    }

    func collect(_ order: ChargeOrder) async -> ChargeAnswer {
        let now = clock()
        return state.withLock { state in
            if state.isDown { return ChargeAnswer(.unknown("down")) }
            if dice.chance(state.lossPerThousand) { return ChargeAnswer(.unknown("lost")) }
            let known = remembered(order.reference.key, state, at: now)
            if let known, !isSame(order, state.payments[known]) {
                if !state.expectsReuse {
                    state.complaints.append(
                        "key \(order.reference.key) was reused for another order")
                }
                return ChargeAnswer(.unknown("the key belongs to another order"))
            }
            let index = known ?? pay(order, &state, at: now)
            if dice.chance(state.lossPerThousand) { return ChargeAnswer(.unknown("time-out")) }
            return state.payments[index].answer
        }
    }

    private func isSame(_ order: ChargeOrder, _ known: SimulatedPayment) -> Bool {
        known.amount == order.amount && known.token == order.method.token
    }

    private func remembered(_ key: String, _ state: State, at now: Instant) -> Int? {
        guard let index = state.byKey[key] else { return nil }
        let known = state.payments[index]
        return now < known.madeAt.adding(hours: keyLifetimeHours) ? index : nil
    }

    private func pay(_ order: ChargeOrder, _ state: inout State, at now: Instant) -> Int {
        let index = state.payments.count
        let mood = Mood(token: order.method.token)
        var payment = SimulatedPayment(
            reference: order.reference, amount: order.amount, token: order.method.token,
            remoteID: "pay_\(index + 1)", madeAt: now, outcome: .pending)
        let isSlow = mood == .slow || order.kind.isDebit
        var turn: SimulatedPayment.Turn?
        if let code = mood.decline(dice), !isSlow {
            let decline = Decline(code: code)
            payment.outcome = .declined(decline)
            if decline.bucket == .soft, state.lossPerThousand > 0, dice.chance(60) {
                turn = .succeedsAfterAll
            }
        } else if mood == .asking, dice.chance(300) {
            payment.outcome = .actionNeeded(url: nil)
        } else if isSlow {
            turn = mood.decline(dice).map { .declines($0) } ?? .succeeds
        } else {
            turn = .succeeds
        }
        state.payments.append(payment)
        state.byKey[order.reference.key] = index
        state.byName[payment.remoteID] = index
        guard let turn else { return index }
        if case .succeedsAfterAll = turn {
            wait(index, hours: dice.within(24...900), turn, &state, at: now)
        } else if case .pending = payment.outcome, !isSlow {
            self.turn(index, turn, &state, at: now)
        } else {
            wait(index, hours: dice.within(1...120), turn, &state, at: now)
        }
        return index
    }

    private func wait(
        _ index: Int, hours: Int, _ turn: SimulatedPayment.Turn, _ state: inout State,
        at now: Instant
    ) {
        state.payments[index].fate = (now.adding(hours: Int64(hours)), turn)
        state.ripening.insert(index)
    }

    private func turn(
        _ index: Int, _ turn: SimulatedPayment.Turn, _ state: inout State, at now: Instant
    ) {
        let payment = state.payments[index]
        let name = payment.remoteID
        switch turn {
        case .succeeds:
            if case .declined = payment.outcome { return }
            take(index, &state, at: now)
        case .succeedsAfterAll:
            state.payments[index].isLate = true
            take(index, &state, at: now)
        case .declines(let code):
            state.payments[index].outcome = .declined(Decline(code: code))
            tell(.charge(payment.reference, payment.amount, state.payments[index].answer), &state)
        case .refundedThere:
            guard payment.left > 0 else { return }
            let amount = Money(minorUnits: payment.left, currency: payment.amount.currency)
            state.payments[index].refunded += amount.minorUnits
            move(.refund, -amount.minorUnits, of: state.payments[index], &state)
            let answer = RefundAnswer(.succeeded, remoteID: "back_\(name)")
            tell(.refund(paymentRemoteID: name, number: nil, amount, answer), &state)
        case .suspected: tell(.fraudWarning(paymentRemoteID: name), &state)
        case .disputed:
            guard payment.left > 0 else { return }
            state.disputes += 1
            state.payments[index].disputed = payment.left
            tell(dispute(state.payments[index], .open), &state)
            wait(
                index, hours: dice.within(48...1_200), .disputeEnds(won: dice.chance(400)), &state,
                at: now)
        case .disputeEnds(let won):
            if !won {
                move(.dispute, -payment.disputed, of: payment, &state)
                state.payments[index].refunded += payment.disputed
            }
            tell(dispute(payment, won ? .won : .lost), &state)
        }
    }

    private func dispute(_ payment: SimulatedPayment, _ now: Dispute.State) -> ProcessorNews {
        .dispute(
            paymentRemoteID: payment.remoteID, remoteID: "dispute_\(payment.remoteID)",
            Money(minorUnits: payment.disputed, currency: payment.amount.currency), now)
    }

    /// Takes the money; records a violation if a period of the pledge is paid already, unless the
    /// bank is to blame.
    private func take(_ index: Int, _ state: inout State, at now: Instant) {
        let payment = state.payments[index]
        let reference = payment.reference
        let periods = reference.firstPeriod..<reference.firstPeriod + reference.periodCount
        let twice = state.payments.first { other in
            other.taken && other.reference.pledgeID == reference.pledgeID
                && periods.overlaps(
                    other.reference.firstPeriod..<other.reference.firstPeriod
                        + other.reference.periodCount)
        }
        if let twice, !payment.isLate {
            state.complaints.append(
                "\(reference.key) took money for a period that \(twice.reference.key) had paid")
        }
        state.payments[index].taken = true
        move(.charge, payment.amount.minorUnits, of: payment, &state)
        state.payments[index].outcome = .succeeded(at: now, payment.settlement)
        tell(.charge(reference, payment.amount, state.payments[index].answer), &state)
        let days = dice.within(2...60)
        let mood = Mood(token: payment.token)
        let turn: SimulatedPayment.Turn? =
            if mood == .disputing, dice.chance(100) { .disputed } else if dice.chance(4) {
                .disputed
            } else if dice.chance(8) { .refundedThere } else if dice.chance(3) { .suspected } else {
                nil
            }
        if let turn { wait(index, hours: days * 24, turn, &state, at: now) }
    }

    private func move(
        _ kind: Payout.Kind, _ minorUnits: Int64, of payment: SimulatedPayment,
        _ state: inout State
    ) {
        state.movements.append(
            Movement(
                kind: kind, at: clock(),
                gross: Money(minorUnits: minorUnits, currency: payment.amount.currency),
                feeMinor: kind == .charge ? payment.settlement.feeMinor : 0,
                payment: payment.remoteID))
    }

    private func tell(_ news: ProcessorNews, _ state: inout State) {
        let id = "evt_\(state.messages.count + 1)"
        state.messages.append(
            Message(
                inbound: InboundMessage(remoteID: id, body: Array(id.utf8)), madeAt: clock(),
                news: news))
    }

    // MARK: Looking up

    func lookUp(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        let now = clock()
        return state.withLock { state in
            if state.isDown { return .unreachable("down") }
            if let remoteID, let index = state.byName[remoteID] {
                return .found(state.payments[index].answer)
            }
            guard let index = state.byKey[reference.key],
                state.payments[index].madeAt.adding(hours: 1) <= now
            else { return .absent }
            return .found(state.payments[index].answer)
        }
    }

    func withdraw(
        _ reference: ChargeReference, remoteID: String?
    ) async -> LookUpAnswer<ChargeAnswer> {
        state.withLock { state in
            if state.isDown { return .unreachable("down") }
            let index = remoteID.flatMap { state.byName[$0] } ?? state.byKey[reference.key]
            guard let index else { return .absent }
            if case .actionNeeded = state.payments[index].outcome {
                state.payments[index].outcome = .declined(.withdrawn)
                state.payments[index].fate = nil
                state.ripening.remove(index)
            }
            return .found(state.payments[index].answer)
        }
    }

    /// The reader is sent to the bank's page, or the bank needs none. Who is there pays, is refused
    /// or leaves.
    func confirm(_ visit: ReaderVisit) async -> LookUpAnswer<ChargeAnswer> {
        let now = clock()
        return state.withLock { state in
            if state.isDown || dice.chance(state.lossPerThousand) { return .unreachable("down") }
            let index =
                visit.remoteID.flatMap { state.byName[$0] }
                ?? state.byKey[visit.reference.key]
            guard let index else { return .absent }
            guard case .actionNeeded = state.payments[index].outcome else {
                return .found(state.payments[index].answer)
            }
            if dice.chance(200) {
                let turn: SimulatedPayment.Turn =
                    dice.chance(700) ? .succeeds : .declines("do_not_honor")
                self.turn(index, turn, &state, at: now)
            } else if dice.chance(600) {
                let turn: SimulatedPayment.Turn =
                    dice.chance(800) ? .succeeds : .declines("insufficient_funds")
                wait(index, hours: dice.within(0...2), turn, &state, at: now)
            }
            if dice.chance(state.lossPerThousand) { return .unreachable("time-out") }
            return .found(state.payments[index].answer)
        }
    }

    // MARK: Refunds

    func refund(_ order: RefundOrder) async -> RefundAnswer {
        let now = clock()
        return state.withLock { state in
            if state.isDown { return RefundAnswer(.unknown("down")) }
            if dice.chance(state.lossPerThousand) { return RefundAnswer(.unknown("lost")) }
            if state.refunds[order.key] == nil { giveBack(order, &state, at: now) }
            guard let refund = state.refunds[order.key], refund.order.amount == order.amount
            else { return RefundAnswer(.failed("key_reused")) }
            if dice.chance(state.lossPerThousand) { return RefundAnswer(.unknown("time-out")) }
            return refund.answer
        }
    }

    private func giveBack(_ order: RefundOrder, _ state: inout State, at now: Instant) {
        state.refunds[order.key] = SimulatedRefund(
            order: order, remoteID: "back_\(order.key)", outcome: .pending)
        guard let index = state.byName[order.paymentRemoteID],
            state.payments[index].left >= order.amount.minorUnits
        else {
            state.refunds[order.key]?.outcome = .failed("more_than_is_left")
            return
        }
        if dice.chance(150) {
            state.refunds[order.key]?.turnsAt = now.adding(hours: Int64(dice.within(2...90)))
        } else {
            settle(order.key, order, .succeeded, &state)
        }
    }

    private func settle(
        _ key: String, _ order: RefundOrder, _ outcome: RefundOutcome, _ state: inout State
    ) {
        guard let index = state.byName[order.paymentRemoteID] else { return }
        var outcome = outcome
        if outcome == .succeeded, state.payments[index].left < order.amount.minorUnits {
            outcome = .failed("more_than_is_left")
        }
        if outcome == .succeeded {
            state.payments[index].refunded += order.amount.minorUnits
            move(.refund, -order.amount.minorUnits, of: state.payments[index], &state)
        }
        state.refunds[key]?.outcome = outcome
        guard let refund = state.refunds[key] else { return }
        tell(
            .refund(
                paymentRemoteID: order.paymentRemoteID, number: order.number, order.amount,
                refund.answer), &state)
    }

    func lookUp(
        _ order: RefundOrder, remoteID: String?
    ) async -> LookUpAnswer<RefundAnswer> {
        state.withLock { state in
            if state.isDown { return .unreachable("down") }
            return state.refunds[order.key].map { .found($0.answer) } ?? .absent
        }
    }
}

// MARK: Messages and lists

extension SimulatedProcessor {
    func verify(
        _ body: [UInt8], headers: [(name: String, value: String)], at now: Instant
    ) throws(InboundRefusal) -> InboundMessage {
        InboundMessage(remoteID: String(decoding: body, as: UTF8.self), body: body)
    }

    func news(in body: [UInt8], of bookID: String) throws(InboundRefusal) -> [ProcessorNews] {
        let id = String(decoding: body, as: UTF8.self)
        let number = Int(id.dropFirst("evt_".count)) ?? 0
        let messages = messages
        guard messages.indices.contains(number - 1) else { throw .malformed }
        return [messages[number - 1].news]
    }

    func messages(
        after cursor: String?, since: Instant
    ) async throws(ProcessorUnavailable) -> MessagePage {
        if isDown { throw ProcessorUnavailable(reason: "down") }
        let all = messages
        let start = cursor.flatMap { Int($0) } ?? 0
        let page = all.dropFirst(start).prefix(100)
        let end = start + page.count
        return MessagePage(
            messages: page.map(\.inbound), cursor: end == 0 ? nil : String(end),
            isLast: end == all.count)
    }

    func payments(
        of bookID: String, since: Instant, until: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PaymentPage {
        if isDown { throw ProcessorUnavailable(reason: "down") }
        // Newest first, as most processors list them.
        let all = Array(payments.reversed())
        let start = cursor.flatMap { Int($0) } ?? 0
        let page = all.dropFirst(start).prefix(100)
        let records = page.filter { $0.madeAt >= since && $0.madeAt < until }.map { payment in
            PaymentRecord(
                reference: payment.reference, amount: payment.amount, answer: payment.answer,
                refundedMinor: payment.refunded, madeAt: payment.madeAt)
        }
        let end = start + page.count
        return PaymentPage(payments: records, cursor: end == all.count ? nil : String(end))
    }

    func issuingCountry(ofToken token: String) async throws(ProcessorUnavailable) -> String? { nil }

    func forget(token: String, customer: String?) async throws(ProcessorUnavailable) {
        if isDown { throw ProcessorUnavailable(reason: "down") }
    }
}
