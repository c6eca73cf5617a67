import Pledging
import Testing

/// Written out from the rules, a row for each state and a column for each cause, in this order:
/// expiry near, expiry passed, replaced, removed, hard declined, processor lost.
private let table: [PaymentMethodState: [Expected<PaymentMethodState, PaymentMethodAction>]] = [
    .active: [
        .to(.expiring, "payment_method.expiring"), .to(.expired, "payment_method.expired"),
        .to(.replaced, "payment_method.replaced", [.dropSecret]),
        .to(.revoked, "payment_method.removed", [.dropSecret]), .to(.dead, "payment_method.dead"),
        .to(.dead, "payment_method.dead"),
    ],
    .expiring: [
        .stay, .to(.expired, "payment_method.expired"),
        .to(.replaced, "payment_method.replaced", [.dropSecret]),
        .to(.revoked, "payment_method.removed", [.dropSecret]), .to(.dead, "payment_method.dead"),
        .to(.dead, "payment_method.dead"),
    ],
    .expired: [
        .stay, .stay, .to(.replaced, "payment_method.replaced", [.dropSecret]),
        .to(.revoked, "payment_method.removed", [.dropSecret]), .to(.dead, "payment_method.dead"),
        .to(.dead, "payment_method.dead"),
    ],
    .dead: [
        .stay, .stay, .to(.replaced, "payment_method.replaced", [.dropSecret]),
        .to(.revoked, "payment_method.removed", [.dropSecret]), .stay, .stay,
    ],
    .replaced: [.stay, .stay, .refuse, .stay, .stay, .stay],
    .revoked: [.stay, .stay, .refuse, .stay, .stay, .stay],
]

private let causes: [PaymentMethodCause] = [
    .expiryNear, .foundExpired, .replaced, .removed, .hardDeclined, .processorLost,
]

struct PaymentMethodMachineTests {
    @Test func `the table knows every state and every cause`() {
        #expect(Set(table.keys) == Set(PaymentMethodState.allCases))
        #expect(Set(causes) == Set(PaymentMethodCause.allCases))
        #expect(table.values.allSatisfy { $0.count == causes.count })
    }

    @Test(arguments: PaymentMethodState.allCases, causes)
    func `each cause does in each state what the rules say`(
        state: PaymentMethodState, cause: PaymentMethodCause
    ) throws {
        let row = try #require(table[state])
        let expected = row[try #require(causes.firstIndex(of: cause))]
        expected.check(state.on(cause))
    }

    @Test(arguments: PaymentMethodState.allCases)
    func `only an active or expiring method may be charged`(state: PaymentMethodState) {
        #expect(state.isUsable == [.active, .expiring].contains(state))
    }

    @Test(arguments: [
        ("2028-04", "2026-11-22", PaymentMethodState.active), ("2026-12", "2026-11-30", .active),
        ("2026-12", "2026-12-01", .expiring), ("2026-12", "2026-12-31", .expiring),
        ("2026-12", "2027-01-01", .expired), ("2024-02", "2024-01-29", .active),
        ("2024-02", "2024-01-30", .expiring), ("2024-02", "2024-02-29", .expiring),
        ("2024-02", "2024-03-01", .expired), ("2023-02", "2023-01-28", .active),
        ("2023-02", "2023-01-29", .expiring), ("2023-02", "2023-03-01", .expired),
    ])
    func `a method is expiring from thirty days before the end of its month`(
        expires: String, today: String, state: PaymentMethodState
    ) throws {
        let month = try #require(YearMonth(expires))
        let today = try #require(CivilDate(today))
        #expect(PaymentMethodState.initial(expires: month, today: today) == state)
    }

    @Test func `a method without an expiry is active for good`() throws {
        let today = try #require(CivilDate("9999-12-31"))
        #expect(PaymentMethodState.initial(expires: nil, today: today) == .active)
    }

    @Test(arguments: PaymentMethod.Kind.allCases)
    func `bank transfers and crypto are sent by the reader`(kind: PaymentMethod.Kind) {
        #expect(kind.isPush == [.bankTransfer, .crypto].contains(kind))
    }

    @Test(arguments: PaymentMethod.Kind.allCases)
    func `a SEPA debit alone is drawn from a bank account`(kind: PaymentMethod.Kind) {
        #expect(kind.isDebit == (kind == .sepaDebit))
        // No kind is both sent by the reader and drawn from their account.
        #expect(!(kind.isDebit && kind.isPush))
    }
}
