/// Money that a processor moved to the newsroom's bank, or took from it, in one transfer. All sums
/// are minor units of its currency.
package struct Payout: Hashable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        case underway, paid
        /// The bank did not take it; the money is at the processor again.
        case failed
    }

    package let processor: String
    /// The processor's id of it.
    package let remoteID: String
    /// ISO 4217.
    package let currency: String
    /// Negative if the processor took money from the bank.
    package let amountMinor: Int64
    package let madeAt: Instant
    package let state: State
    /// What it was made of; nil for one that was made by hand, and while its list is incomplete.
    package let parts: Parts?

    /// The sums of what a payout was made of.
    package struct Parts: Hashable, Sendable {
        /// How many payments.
        package var charges: Int64 = 0
        /// What was paid, before fees.
        package var grossMinor: Int64 = 0
        /// What went back to readers, as a positive number.
        package var refundsMinor: Int64 = 0
        /// What banks demanded back, less what they returned.
        package var disputesMinor: Int64 = 0
        package var feesMinor: Int64 = 0
        /// Anything else; negative if it was taken.
        package var adjustmentsMinor: Int64 = 0

        package init() {}

        package init(
            charges: Int64, grossMinor: Int64, refundsMinor: Int64, disputesMinor: Int64,
            feesMinor: Int64, adjustmentsMinor: Int64
        ) {
            self.charges = charges
            self.grossMinor = grossMinor
            self.refundsMinor = refundsMinor
            self.disputesMinor = disputesMinor
            self.feesMinor = feesMinor
            self.adjustmentsMinor = adjustmentsMinor
        }

        /// What they add up to.
        package var totalMinor: Int64 {
            grossMinor - refundsMinor - disputesMinor - feesMinor + adjustmentsMinor
        }

        /// Adds one movement: its gross amount, negative if it was taken, and its fee.
        package mutating func add(_ kind: Kind, grossMinor: Int64, feeMinor: Int64) {
            feesMinor += feeMinor
            switch kind {
            case .charge:
                charges += 1
                self.grossMinor += grossMinor
            case .refund: refundsMinor -= grossMinor
            case .dispute: disputesMinor -= grossMinor
            case .fee: feesMinor -= grossMinor
            case .adjustment: adjustmentsMinor += grossMinor
            }
        }
    }

    /// What a movement of a payout is.
    package enum Kind: String, CaseIterable, Sendable {
        case charge, refund, dispute, fee, adjustment
    }

    package init(
        processor: String, remoteID: String, currency: String, amountMinor: Int64,
        madeAt: Instant, state: State, parts: Parts?
    ) {
        self.processor = processor
        self.remoteID = remoteID
        self.currency = currency
        self.amountMinor = amountMinor
        self.madeAt = madeAt
        self.state = state
        self.parts = parts
    }

    /// By how much it differs from what it was made of; nil if that is not known.
    package var differenceMinor: Int64? { parts.map { amountMinor - $0.totalMinor } }
}
