/// What moved the newsroom's balance at one processor in one currency, before a month and within
/// it. All sums are minor units; what lowers the balance is positive too.
package struct BalanceMove: Hashable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case charges, refunds, disputes, fees, adjustments, payouts
    }

    package let processor: String
    /// ISO 4217.
    package let currency: String
    package let kind: Kind
    package let beforeMinor: Int64
    package let withinMinor: Int64

    package init(
        processor: String, currency: String, kind: Kind, beforeMinor: Int64, withinMinor: Int64
    ) {
        self.processor = processor
        self.currency = currency
        self.kind = kind
        self.beforeMinor = beforeMinor
        self.withinMinor = withinMinor
    }
}

/// The newsroom's balance at one processor in one currency over a month: what was there, what
/// moved it, and what is left. The opening balance of a month is the closing one of the month
/// before.
package struct Balance: Hashable, Sendable {
    package let processor: String
    package let currency: String
    package private(set) var openingMinor: Int64 = 0
    private var moves: [BalanceMove.Kind: Int64] = [:]

    /// Returns the balances in the order of processors and currencies; those that nothing ever
    /// moved are left out.
    package static func all(_ moves: [BalanceMove]) -> [Balance] {
        var balances: [String: Balance] = [:]
        for move in moves {
            let key = "\(move.processor)/\(move.currency)"
            var balance =
                balances[key] ?? Balance(processor: move.processor, currency: move.currency)
            balance.openingMinor += move.kind.raises ? move.beforeMinor : -move.beforeMinor
            balance.moves[move.kind, default: 0] += move.withinMinor
            balances[key] = balance
        }
        return balances.values.sorted {
            ($0.processor, $0.currency) < ($1.processor, $1.currency)
        }
    }

    private init(processor: String, currency: String) {
        self.processor = processor
        self.currency = currency
    }

    package subscript(kind: BalanceMove.Kind) -> Int64 { moves[kind, default: 0] }

    package var closingMinor: Int64 {
        moves.reduce(openingMinor) { $1.key.raises ? $0 + $1.value : $0 - $1.value }
    }
}

extension BalanceMove.Kind {
    fileprivate var raises: Bool {
        switch self {
        case .charges, .adjustments: true
        case .refunds, .disputes, .fees, .payouts: false
        }
    }
}
