import Payments
import Pledging
import Store

/// Payments that the processor has and this book does not: a copy of the book was made the present
/// one, and others went on without it. Each is booked as what it is, so that its period is not
/// charged again.
enum AdoptPayments {
    /// After a release, before anything is charged: reads everything that was paid since the copy
    /// was made. Returns how many payments were new here; 0 where nothing has to be read. Throws
    /// ProcessorUnavailable where the list cannot be read; then nothing may be charged.
    static func sinceRelease(
        at processor: any PaymentProcessor, in context: Context
    ) async throws -> Int {
        let name = processor.name
        let known = try await context.book.read { transaction in
            try transaction.knownProcessors().first { $0.name == name }
        }
        guard let since = known?.reconcileSince else { return 0 }
        var adopted = 0
        try await eachPage(of: processor, since: since, in: context) { payments in
            adopted += try await book(payments, from: name, in: context)
        }
        try await context.book.write { try $0.setReconcileSince(nil, of: name) }
        return adopted
    }

    /// Books every payment of a page that is news here; returns how many charges are new by it.
    static func book(
        _ payments: [PaymentRecord], from processor: String, in context: Context
    ) async throws -> Int {
        let context = context.acting(for: processor)
        let now = context.now
        return try await context.book.write { transaction in
            var count = 0
            for payment in payments {
                let reference = payment.reference
                let wasKnown = try transaction.knows(reference)
                try transaction.book(
                    payment.answer, of: reference, payment.amount, at: processor, in: context,
                    at: now)
                // A decline is no charge that was missed, and a stranger's payment none of ours.
                if try !wasKnown && transaction.knows(reference) { count += 1 }
            }
            return count
        }
    }

    /// Page by page, in whatever order the processor lists them.
    static func eachPage(
        of processor: any PaymentProcessor, since: Instant, in context: Context,
        _ body: ([PaymentRecord]) async throws -> Void
    ) async throws {
        let bookID = context.book.keys.bookID.text
        // What is made while this runs is made by us, and known.
        let until = context.now.adding(days: 1)
        try await Processors.eachPage { cursor in
            let page = try await processor.payments(
                of: bookID, since: since, until: until, after: cursor)
            try await body(page.payments)
            return page.cursor
        }
    }
}

extension Transaction {
    /// Lets an answer happen to the charge that its reference names, which may be unknown here.
    func book(
        _ answer: ChargeAnswer, of reference: ChargeReference, _ amount: Money,
        at processor: String, in context: Context, at now: Instant
    ) throws {
        // By pledge and period: a restored copy gives the same charge another id.
        if let charge = try charge(of: reference.pledgeID, firstPeriod: reference.firstPeriod) {
            if try attempt(charge.id, reference.attempt) == nil {
                guard answer.mayBeMoney else { return }
                try adopt(
                    attempt: reference.attempt, of: charge, processor, in: context, at: now)
            }
            return try book(
                answer, of: charge.id, attempt: reference.attempt, in: context, at: now)
        }
        try adopt(answer, reference, amount, processor, in: context, at: now)
    }

    fileprivate func knows(_ reference: ChargeReference) throws -> Bool {
        try charge(of: reference.pledgeID, firstPeriod: reference.firstPeriod) != nil
    }

    /// An attempt that another copy made; the charge is tried no more than it was there.
    private func adopt(
        attempt number: Int, of charge: Charge, _ processor: String, in context: Context,
        at now: Instant
    ) throws {
        var charge = charge
        // It was tried again there: there it was known that the one before took nothing.
        if number > charge.attempts, charge.attempts > 0, charge.isWaiting {
            try book(
                ChargeAnswer(.declined(.notReceived)), of: charge.id, attempt: charge.attempts,
                in: context, at: now)
            charge = try existingCharge(charge.id)
        }
        let method = try adoptiveMethod(
            of: existingPledge(charge.pledgeID), processor, in: context, at: now)
        try insert(
            ChargeAttempt(
                chargeID: charge.id, number: number, paymentMethodID: method, processor: processor,
                state: .unknown, startedAt: now, leasedUntil: nil))
        guard number > charge.attempts, charge.state == .declined || charge.state == .held else {
            return
        }
        try move(charge, by: .attempted, in: context, at: now) {
            $0.attempts = number
            $0.processor = processor
            $0.nextStepAt = now
        }
    }

    private func adopt(
        _ answer: ChargeAnswer, _ reference: ChargeReference, _ amount: Money,
        _ processor: String, in context: Context, at now: Instant
    ) throws {
        guard answer.mayBeMoney, let pledge = try pledge(reference.pledgeID) else { return }
        // 1. One open charge at a time: what was tried before is over with it. One of a later
        // period says that this one is over.
        if let open = try openCharge(of: pledge.id), open.firstPeriod < reference.firstPeriod {
            try cancelOpenCharge(of: pledge.id, in: context, at: now)
        }
        let isOver = try openCharge(of: pledge.id) != nil
        // 2. The charge as the other copy had it.
        let today = try today(at: now)
        let dueOn =
            try pledge.date(ofPeriod: reference.firstPeriod) ?? answer.paidAt.map(self.today)
            ?? today
        let isTaken = try charge(reference.chargeID) != nil
        let method = try adoptiveMethod(of: pledge, processor, in: context, at: now)
        let charge = Charge(
            id: try isTaken ? context.id(at: now) : reference.chargeID, pledgeID: pledge.id,
            supporterID: pledge.supporterID, firstPeriod: reference.firstPeriod,
            periodCount: reference.periodCount, amount: amount, dueOn: dueOn,
            state: isOver ? .closed : .unknown, attempts: reference.attempt,
            firstAttemptOn: today, nextStepAt: isOver ? nil : now, processor: processor,
            createdAt: now)
        try begin(charge, isOver ? .chargeResolved : .chargeUnknown, in: context, at: now)
        try insert(
            ChargeAttempt(
                chargeID: charge.id, number: reference.attempt, paymentMethodID: method,
                processor: processor, state: .unknown, startedAt: now, leasedUntil: nil))
        // 3. Its periods are covered.
        let covered = reference.firstPeriod + reference.periodCount - pledge.nextPeriod
        if covered > 0, !pledge.state.isFinal {
            _ = try advance(pledge, by: covered, at: now)
        }
        try book(answer, of: charge.id, attempt: reference.attempt, in: context, at: now)
    }

    /// The method that an adopted attempt is booked by: the pledge's, or, where the copy's pledge
    /// has none yet, one that nothing more can be taken by.
    private func adoptiveMethod(
        of pledge: Pledge, _ processor: String, in context: Context, at now: Instant
    ) throws -> ID<PaymentMethod> {
        if let id = pledge.paymentMethodID { return id }
        let method = PaymentMethod(
            id: try context.id(at: now), supporterID: pledge.supporterID, kind: .card,
            processor: processor, secret: nil, expires: nil, state: .dead, createdAt: now)
        try insert(method)
        try append([try context.event(.paymentMethodAttached, method, at: now)])
        return method.id
    }
}

extension Charge {
    /// For what its last attempt came to.
    fileprivate var isWaiting: Bool { state.isInDoubt || state == .actionRequired }
}

extension ChargeAnswer {
    fileprivate var paidAt: Instant? {
        if case .succeeded(let moment, _) = outcome { moment } else { nil }
    }

    /// Whether money moved, or may yet.
    fileprivate var mayBeMoney: Bool {
        switch outcome {
        case .succeeded, .pending, .actionNeeded: true
        case .declined, .unknown: false
        }
    }
}

extension Pledge {
    /// When a period that has not come yet is due; nil for one that is past, and once the pledge is
    /// over.
    fileprivate func date(ofPeriod period: Int) -> CivilDate? {
        guard let nextChargeOn, period >= nextPeriod else { return nil }
        return chargeDate(after: nextChargeOn, periods: period - nextPeriod)
    }
}
