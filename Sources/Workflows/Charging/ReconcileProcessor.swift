package import Payments
package import Pledging
import Store

/// Compares the book with the processor's, to the minor unit. Payments and messages that never
/// arrived are recorded; all other differences are listed for a person.
package enum ReconcileProcessor {
    package struct Difference: Hashable, Sendable {
        package enum Kind: String, CaseIterable, Sendable {
            /// The processor has the payment, the book does not, and it could not be recorded.
            case missingHere
            /// The book has the charge as paid, the processor does not know it.
            case missingThere
            case amount, state, refunded
            /// There are two payments for one charge, and one must be refunded.
            case paidTwice
        }

        package let kind: Kind
        package let chargeID: ID<Charge>?
        /// Nil, as the period and the remote id, where it may be of people who were removed.
        package let pledgeID: ID<Pledge>?
        package let period: Int?
        package let remoteID: String?
        package let ours: String
        package let theirs: String

        package var json: JSON {
            .members([
                "kind": .string(kind.rawValue), "charge_id": chargeID.map { .string($0.text) },
                "pledge_id": pledgeID.map { .string($0.text) },
                "period": period.map { .integer(Int64($0)) },
                "remote_id": remoteID.map { .string($0) }, "ours": .string(ours),
                "theirs": .string(theirs),
            ])
        }
    }

    package struct Report: Sendable {
        /// Payments of the processor that were compared with the book.
        package var compared = 0
        /// Messages of the processor that had not been applied before.
        package var applied = 0
        /// Payments that made or changed a charge here.
        package var repaired = 0
        package var differences: [Difference] = []
        /// Payouts that were read.
        package var payouts = 0
        /// Those that are not the sum of what they were made of.
        package var wrongPayouts: [Payout] = []

        /// How much a person must look at.
        package var findings: Int { differences.count + wrongPayouts.count }

        package var json: JSON {
            [
                "compared": .integer(Int64(compared)), "applied": .integer(Int64(applied)),
                "repaired": .integer(Int64(repaired)),
                "differences": .integer(Int64(differences.count)),
                "payouts": .integer(Int64(payouts)),
                "payouts_differing": .integer(Int64(wrongPayouts.count)),
            ]
        }
    }

    /// Compares what was made since `since`; nil means the last `standardDays`. Throws
    /// ProcessorUnavailable when the processor cannot be asked, and Problem `.notPermitted` on a
    /// held book.
    package static func run(
        _ processor: any PaymentProcessor, since: Instant? = nil, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> Report {
        let context = context.acting(as: "reconcile")
        try await context.beginRun()
        let name = processor.name
        let (asked, since) = (since, since ?? context.now.adding(days: -standardDays))
        var report = Report()
        // 1. The processor's messages, those that did not come included.
        _ = try await FetchMessages.run(from: processor, in: context)
        report.applied = try await ApplyProcessorEvents.run(
            through: Processors([processor]), in: context
        ).applied
        // 2. Each of its payments against the book.
        var seen: Set<String> = []
        var unknown: [PaymentRecord] = []
        try await AdoptPayments.eachPage(of: processor, since: since, in: context) { payments in
            let before = try await states(of: payments, in: context)
            _ = try await AdoptPayments.apply(payments, from: name, in: context)
            let after = try await states(of: payments, in: context)
            for (index, payment) in payments.enumerated() {
                if let remoteID = payment.answer.remoteID { seen.insert(remoteID) }
                report.compared += 1
                if before[index]?.state != after[index]?.state { report.repaired += 1 }
                if after[index] == nil, payment.answer.paidAt != nil {
                    unknown.append(payment)
                } else if let difference = difference(payment, after[index]),
                    try await !isKept(difference, at: name, in: context)
                {
                    report.differences.append(difference)
                }
            }
            progress(report.compared)
        }
        report.differences += try await missingHere(unknown, in: context)
        // 3. Fees and payouts. The API key may lack the right to read them.
        do {
            (report.payouts, report.wrongPayouts) = try await readPayouts(
                processor, since: since, in: context)
        } catch let error as ProcessorUnavailable {
            context.log(
                .warning, "a processor's payouts could not be read",
                ["processor": "\(name)", "reason": "\(error.reason)"])
        }
        // 4. Each paid charge of the book against the processor.
        report.differences += try await missingThere(processor, since, seen, in: context)
        // 5. Whoever must decide about differences is told; a shorter look proves less. A second
        // payment is an attention of its own.
        let left = report.differences.count { $0.kind != .paidTwice }
        if left > 0 {
            try await context.change {
                try $0.attention.raise(.booksDiffer, name, "\(left) difference(s)")
            }
        } else if asked == nil {
            try await context.resolve(.booksDiffer, name)
        }
        context.log(.info, "books compared", report.json)
        return report
    }

    /// Reads the processor's payouts. Returns how many there are, and those that are wrong.
    private static func readPayouts(
        _ processor: any PaymentProcessor, since: Instant, in context: Context
    ) async throws -> (count: Int, wrong: [Payout]) {
        var (count, wrong): (Int, [Payout]) = (0, [])
        let unread = try await context.look {
            try $0.store.payoutsUnreadSince(at: processor.name)
        }
        // A payout may be listed late, or change for some days.
        let since = min(since, unread?.adding(days: -payoutOverlapDays) ?? since)
        try await Processors.eachPage { cursor in
            let page = try await processor.payouts(since: since, after: cursor)
            let payouts = page.payouts.map(\.payout)
            try await context.change { try $0.payouts.record(payouts) }
            let payments = page.payouts.flatMap(\.payments)
            for start in stride(from: 0, to: payments.count, by: pageSize) {
                let batch = payments[start...].prefix(pageSize)
                try await context.change { try $0.payouts.settle(batch, at: processor.name) }
            }
            count += payouts.count
            wrong += payouts.filter(\.isWrong)
            return page.cursor
        }
        return (count, wrong)
    }

    private static func states(
        of payments: [PaymentRecord], in context: Context
    ) async throws -> [Charge?] {
        try await context.look { look in
            try payments.map {
                try look.store.charge(
                    of: $0.reference.pledgeID, firstPeriod: $0.reference.firstPeriod)
            }
        }
    }

    private static func difference(_ payment: PaymentRecord, _ charge: Charge?) -> Difference? {
        guard case .succeeded = payment.answer.outcome else {
            guard let charge, charge.state == .succeeded,
                charge.remoteID == payment.answer.remoteID, charge.remoteID != nil
            else { return nil }
            return Difference(.state, payment, charge, "succeeded", "not succeeded")
        }
        let theirs = payment.amount.description
        guard let charge else { return nil }
        guard charge.state == .succeeded else {
            return Difference(.state, payment, charge, charge.state.rawValue, "succeeded")
        }
        guard charge.remoteID == payment.answer.remoteID else {
            // A second payment that was refunded in full is settled.
            guard payment.refundedMinor < payment.amount.minorUnits else { return nil }
            return Difference(
                .paidTwice, payment, charge, charge.remoteID ?? "recorded by hand", theirs)
        }
        guard charge.amount == payment.amount else {
            return Difference(.amount, payment, charge, charge.amount.description, theirs)
        }
        guard charge.refundedMinor == payment.refundedMinor else {
            let currency = charge.amount.currency
            let texts = [charge.refundedMinor, payment.refundedMinor].map {
                Money(minorUnits: $0, currency: currency).description
            }
            return Difference(.refunded, payment, charge, texts[0], texts[1])
        }
        return nil
    }

    /// Returns whether a person has decided to keep the second payment.
    private static func isKept(
        _ difference: Difference, at processor: String, in context: Context
    ) async throws -> Bool {
        guard difference.kind == .paidTwice, let remoteID = difference.remoteID else {
            return false
        }
        return try await context.look { look in
            let extra = try look.store.extraPayment(paidAs: remoteID, at: processor)
            return try extra.map {
                try look.store.openAttention(.extraPayment, $0.id.text) == nil
            } ?? false
        }
    }

    /// Returns the payments that the book does not have, without those of people who were removed
    /// for their safety: of these it has the sums.
    private static func missingHere(
        _ payments: [PaymentRecord], in context: Context
    ) async throws -> [Difference] {
        guard !payments.isEmpty else { return [] }
        let removed = try await context.look { try $0.store.removedSums() }
        let months = Dictionary(grouping: payments) { payment in
            let month = (payment.answer.paidAt ?? payment.madeAt).utcDate.yearMonth
            return removed.first {
                $0.month == month && $0.currency == payment.amount.currency.code
            }
        }
        return months.flatMap { sum, payments in
            if let sum { return sum.difference(from: payments.map(\.amount)) }
            return payments.map {
                Difference(.missingHere, $0, nil, "nothing", $0.amount.description)
            }
        }
    }

    private static func missingThere(
        _ processor: any PaymentProcessor, _ since: Instant, _ seen: Set<String>,
        in context: Context
    ) async throws -> [Difference] {
        var missing: [Difference] = []
        var last: Charge?
        let bookID = context.book.keys.bookID.text
        while true {
            let after = last
            let page = try await context.look { look in
                try look.store.paidCharges(
                    at: processor.name, since: since, after: after, limit: pageSize)
            }
            guard let end = page.last else { return missing }
            last = end
            for charge in page where !(charge.remoteID.map(seen.contains) ?? false) {
                // It may be older than the list, so it is looked up by itself.
                let reference = ChargeReference(charge, attempt: charge.attempts, bookID: bookID)
                switch await processor.lookUp(reference, remoteID: charge.remoteID) {
                case .found: continue
                case .unreachable(let reason): throw ProcessorUnavailable(reason: reason)
                case .absent:
                    missing.append(
                        Difference(
                            kind: .missingThere, chargeID: charge.id, pledgeID: charge.pledgeID,
                            period: charge.firstPeriod, remoteID: charge.remoteID,
                            ours: charge.amount.description, theirs: "nothing"))
                }
            }
        }
    }

    /// Days that are compared by default: more than a month of charges.
    package static let standardDays: Int64 = 35
    /// Days before the last known payout from which payouts are read again.
    private static let payoutOverlapDays: Int64 = 7
    private static let pageSize = 500
}

extension ReconcileProcessor.Difference {
    fileprivate init(
        _ kind: Kind, _ payment: PaymentRecord, _ charge: Charge?, _ ours: String,
        _ theirs: String
    ) {
        self.init(
            kind: kind, chargeID: charge?.id, pledgeID: payment.reference.pledgeID,
            period: payment.reference.firstPeriod, remoteID: payment.answer.remoteID, ours: ours,
            theirs: theirs)
    }
}

extension RemovedSum {
    /// Returns how payments that this book does not have differ from what removed people had paid;
    /// nobody is named.
    fileprivate func difference(from payments: [Money]) -> [ReconcileProcessor.Difference] {
        if covers(payments) { return [] }
        func words(_ count: Int64, _ minorUnits: Int64) -> String {
            let sum = Money.decimal(minorUnits, exponent: Currency.exponent(of: currency))
            return "\(month): \(count) payment(s), \(sum) \(currency), of removed people"
        }
        return [
            ReconcileProcessor.Difference(
                kind: .missingHere, chargeID: nil, pledgeID: nil, period: nil, remoteID: nil,
                ours: words(charges, amountMinor),
                theirs: words(Int64(payments.count), payments.reduce(0) { $0 + $1.minorUnits }))
        ]
    }
}
