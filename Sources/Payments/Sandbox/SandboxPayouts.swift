package import Pledging

/// Each day (UTC) that is over has one payout for each currency that money moved in: what came in,
/// less fees, refunds and disputes. The money of a dispute is taken when it is opened, and given
/// back when it is won.
extension SandboxProcessor {
    package func payouts(
        since: Instant, after cursor: String?
    ) async throws(ProcessorUnavailable) -> PayoutPage {
        let now = clock()
        return try await listed { ledger in
            try ledger.ripen(by: now)
            var days: [Day: Moved] = [:]
            var disputed: Set<String> = []
            var position: UInt64 = 0
            while let (fact, next) = try ledger.fact(at: position) {
                try ledger.add(fact, at: position, to: &days, &disputed)
                position = next
            }
            let made = days.filter { day, _ in
                day.date < now.utcDate && day.end >= since
            }
            return PayoutPage(
                payouts: made.sorted { $0.key.name < $1.key.name }.map { $0.value.record($0.key) },
                cursor: nil)
        }
    }

    struct Day: Hashable {
        let date: CivilDate
        let currency: String

        /// The first moment after it.
        var end: Instant {
            Instant(milliseconds: Int64(date.daysSinceEpoch + 1) * 86_400_000)
        }
        var name: String { "\(SandboxMessages.payoutName(date))\(currency)" }
    }

    /// What moved on a day.
    struct Moved {
        var parts = Payout.Parts()
        var payments: [PaymentSettlement] = []

        func record(_ day: Day) -> PayoutRecord {
            PayoutRecord(
                payout: Payout(
                    processor: SandboxProcessor.factory.name,
                    remoteID: SandboxMessages.payoutName(day.date), currency: day.currency,
                    amountMinor: parts.totalMinor, madeAt: day.end, state: .paid, parts: parts),
                payments: payments)
        }
    }
}

extension SandboxLedger {
    /// Adds what a fact moved to its day.
    fileprivate func add(
        _ fact: Fact, at offset: UInt64,
        to days: inout [SandboxProcessor.Day: SandboxProcessor.Moved],
        _ disputed: inout Set<String>
    ) throws {
        guard let payment = fact.kind == .pay ? offset : fact.payment.flatMap(SandboxLedger.offset),
            let (paid, _) = try self.fact(at: payment), let currency = paid.currency
        else { return }
        let at = Instant(milliseconds: fact.at)
        let day = SandboxProcessor.Day(date: at.utcDate, currency: currency)
        switch fact.kind {
        case .pay, .settle:
            // `sandbox_twice` tells of one payment twice.
            guard fact.state == "succeeded", fact.kind == .pay || paid.state != "succeeded"
            else { return }
            let settlement = SandboxMessages.settlement(paid.minor ?? 0, currency, at: at)
            days[day, default: .init()].parts.add(
                .charge, grossMinor: paid.minor ?? 0, feeMinor: settlement.feeMinor)
            days[day, default: .init()].payments.append(
                PaymentSettlement(
                    paymentRemoteID: SandboxLedger.name(of: payment), settlement: settlement))
        case .refund:
            days[day, default: .init()].parts.add(
                .refund, grossMinor: -(fact.minor ?? 0), feeMinor: 0)
        case .dispute:
            let name = SandboxLedger.name(of: payment)
            let isWon = fact.state == Dispute.State.won.rawValue
            // It moves money once in each direction.
            guard isWon ? disputed.remove(name) != nil : disputed.insert(name).inserted
            else { return }
            days[day, default: .init()].parts.add(
                .dispute, grossMinor: (isWon ? 1 : -1) * (fact.minor ?? 0), feeMinor: 0)
        case .lost, .forget: return
        }
    }
}
