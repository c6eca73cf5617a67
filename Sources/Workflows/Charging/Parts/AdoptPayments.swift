import Payments
import Pledging
import Store

/// Records payments that the processor has and this book does not have, so that their periods are
/// not charged again. They exist if a copy of the book was made the present one after another copy
/// had charged.
enum AdoptPayments {
    /// Reads every payment that must be known before anything is charged through the processor (see
    /// FirstUse). Returns how many charges were new here; 0 when nothing has to be read. Throws
    /// ProcessorUnavailable when the list cannot be read; then nothing may be charged there.
    static func beforeFirstUse(
        at processor: any PaymentProcessor, in context: Context
    ) async throws -> Int {
        let name = processor.name
        let known = try await context.look { look in
            try look.store.knownProcessors().first { $0.name == name }
        }
        guard let since = known?.reconcileSince else { return 0 }
        var adopted = 0
        try await eachPage(of: processor, since: since, in: context) { payments in
            adopted += try await apply(payments, from: name, in: context)
        }
        try await context.change { try $0.store.setReconcileSince(nil, of: name) }
        return adopted
    }

    /// Records the payments of a page that are news here. Returns how many charges are new.
    static func apply(
        _ payments: [PaymentRecord], from processor: String, in context: Context
    ) async throws -> Int {
        try await context.acting(for: processor).settingAside(
            each: payments, subject: \.reference.pledgeID.text
        ) { payments, change in
            let adoption = Adoption(processor: processor, change: change)
            return try payments.count { try adoption.apply($0) }
        }.reduce(0, +)
    }

    /// Calls `body` with each page of payments since `since`, in the processor's order. Throws
    /// ProcessorUnavailable.
    static func eachPage(
        of processor: any PaymentProcessor, since: Instant, in context: Context,
        _ body: ([PaymentRecord]) async throws -> Void
    ) async throws {
        let bookID = context.book.keys.bookID.text
        // A payment that is made meanwhile is made by this book, and known.
        let until = context.now.adding(days: 1)
        try await Processors.eachPage { cursor in
            let page = try await processor.payments(
                of: bookID, since: since, until: until, after: cursor)
            try await body(page.payments)
            return page.cursor
        }
    }
}

/// Records what one processor tells of charges that this book may not know.
struct Adoption {
    let processor: String
    let change: Change

    /// Records a payment. Returns whether its charge is new. A decline of an unknown charge is not
    /// recorded, nor is a payment for an unknown pledge.
    func apply(_ payment: PaymentRecord) throws -> Bool {
        let wasKnown = try knows(payment.reference)
        try apply(payment.answer, of: payment.reference, payment.amount, listed: payment)
        return try !wasKnown && knows(payment.reference)
    }

    /// Applies an answer to the charge that its reference names. If charge or attempt is unknown
    /// here and money may have moved, they are made first. `listed` is the processor's record, if
    /// its list was read.
    func apply(
        _ answer: ChargeAnswer, of reference: ChargeReference, _ amount: Money,
        listed: PaymentRecord? = nil
    ) throws {
        guard let charge = try charge(of: reference) else {
            return try adopt(answer, reference, amount)
        }
        if try change.store.attempt(charge.id, reference.attempt) == nil {
            guard answer.mayBeMoney else { return }
            try adopt(attempt: reference.attempt, of: charge)
        }
        try change.booking.apply(
            answer, of: charge.id, attempt: reference.attempt, told: amount, listed: listed)
    }

    /// Finds the charge by pledge and period, because a restored copy gives the same charge another
    /// id.
    private func charge(of reference: ChargeReference) throws -> Charge? {
        try change.store.charge(of: reference.pledgeID, firstPeriod: reference.firstPeriod)
    }

    private func knows(_ reference: ChargeReference) throws -> Bool {
        try charge(of: reference) != nil
    }

    /// Records an attempt that another copy of the book made. The charge counts it, so that it is
    /// not tried more often than allowed.
    private func adopt(attempt number: Int, of known: Charge) throws {
        var charge = known
        // The other copy tried again, so it knew that the attempt before took nothing.
        let isWaiting = charge.state.isInDoubt || charge.state == .actionRequired
        if number > charge.attempts, charge.attempts > 0, isWaiting {
            try change.booking.apply(
                ChargeAnswer(.declined(.notReceived)), of: charge.id, attempt: charge.attempts)
            charge = try change.existing(charge.id)
        }
        let method = try method(of: change.existing(charge.pledgeID))
        try insertAttempt(number, of: charge.id, by: method)
        guard number > charge.attempts, charge.state == .declined || charge.state == .held else {
            return
        }
        try change.booking.move(charge, by: .attempted) {
            $0.attempts = number
            $0.processor = processor
            $0.nextStepAt = change.now
        }
    }

    private func adopt(
        _ answer: ChargeAnswer, _ reference: ChargeReference, _ amount: Money
    ) throws {
        guard answer.mayBeMoney else { return }
        guard let pledge = try change.store.pledge(reference.pledgeID) else {
            // A reader since the copy was made. Only a payment is kept: the rest took nothing.
            // Where people were removed for their safety, it may be theirs: no trace is written.
            guard let paidAt = answer.paidAt,
                try !change.store.hasRemoved(payingIn: paidAt.utcDate.yearMonth, amount.currency)
            else { return }
            return try change.attention.raise(
                .unknownPayment, reference.pledgeID.text,
                "\(amount) through \(processor)")
        }
        // 1. A pledge has one open charge at a time. An open charge of an earlier period is called
        // off; one of a later period means that this charge is over.
        if let open = try change.store.openCharge(of: pledge.id),
            open.firstPeriod < reference.firstPeriod
        {
            try change.charges.callOff(of: pledge.id)
        }
        let isOver = try change.store.openCharge(of: pledge.id) != nil
        // 2. The charge as the other copy had it.
        let method = try method(of: pledge)
        let charge = try charge(of: pledge, answer, reference, amount, isOver: isOver)
        try change.charges.begin(charge, isOver ? .chargeResolved : .chargeUnknown)
        try insertAttempt(reference.attempt, of: charge.id, by: method)
        // 3. The pledge does not charge these periods again.
        let covered = reference.firstPeriod + reference.periodCount - pledge.nextPeriod
        if covered > 0, !pledge.state.isFinal {
            _ = try change.store.advance(pledge, by: covered, at: change.now)
        }
        try change.booking.apply(
            answer, of: charge.id, attempt: reference.attempt, told: amount)
    }

    private func charge(
        of pledge: Pledge, _ answer: ChargeAnswer, _ reference: ChargeReference, _ amount: Money,
        isOver: Bool
    ) throws -> Charge {
        let zone = try change.zone()
        let today = zone.date(at: change.now)
        let isTaken = try change.store.charge(reference.chargeID) != nil
        return Charge(
            id: try isTaken ? change.id() : reference.chargeID, pledgeID: pledge.id,
            supporterID: pledge.supporterID, firstPeriod: reference.firstPeriod,
            periodCount: reference.periodCount, amount: amount,
            dueOn: pledge.date(ofPeriod: reference.firstPeriod)
                ?? answer.paidAt.map { zone.date(at: $0) } ?? today,
            state: isOver ? .closed : .unknown, attempts: reference.attempt,
            firstAttemptOn: today, nextStepAt: isOver ? nil : change.now, processor: processor,
            createdAt: change.now)
    }

    private func insertAttempt(
        _ number: Int, of charge: ID<Charge>, by method: ID<PaymentMethod>
    ) throws {
        try change.store.insert(
            ChargeAttempt(
                chargeID: charge, number: number, paymentMethodID: method, processor: processor,
                state: .unknown, startedAt: change.now, isAdopted: true, leasedUntil: nil))
    }

    /// Returns the method of an adopted attempt: the pledge's own, or, if the pledge has none in
    /// this copy, a new dead method, which cannot be charged.
    private func method(of pledge: Pledge) throws -> ID<PaymentMethod> {
        if let id = pledge.paymentMethodID { return id }
        let method = PaymentMethod(
            id: try change.id(), supporterID: pledge.supporterID, kind: .card,
            processor: processor, secret: nil, expires: nil, state: .dead,
            createdAt: change.now)
        try change.methods.attach(method)
        return method.id
    }
}
