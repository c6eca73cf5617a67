import Payments
import Pledging

/// A payment method as a caller describes it: the processor's token and what may be shown of it.
package struct MethodInput: Hashable, Sendable {
    package var kind: String
    package var processor: String
    package var token: String
    package var customer: String?
    package var mandate: String?
    package var brand: String?
    package var last4: String?
    package var expires: String?
    package var issuingCountry: String?
    /// The issuing country as the processor tells it, used when the caller names none.
    var previewedCountry: String?

    /// The kind that is used when a caller or an imported row names none.
    package static let kindStandard = PaymentMethod.Kind.card.rawValue
    /// The processor that is used when a caller or an imported row names none.
    package static let processorStandard = ProcessorTable.standard

    package init(
        kind: String? = nil, processor: String? = nil, token: String,
        customer: String? = nil, mandate: String? = nil, brand: String? = nil,
        last4: String? = nil, expires: String? = nil, issuingCountry: String? = nil
    ) {
        self.kind = kind ?? Self.kindStandard
        self.processor = processor ?? Self.processorStandard
        self.token = token
        self.customer = customer
        self.mandate = mandate
        self.brand = brand
        self.last4 = last4
        self.expires = expires
        self.issuingCountry = issuingCountry
    }

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> = [
        .processor, .processorCustomer, .mandate, .methodKind, .methodToken, .methodBrand,
        .methodLast4, .methodExpires, .methodCountry,
    ]

    /// Checks every rule. An expired method, or a kind by which the reader sends the money, is
    /// allowed only in an import. Throws Problem `.invalid`.
    func checked(
        today: CivilDate, importing: Bool = false
    ) throws(Problem) -> CheckedMethod {
        guard let kind = PaymentMethod.Kind(rawValue: kind) else {
            let kinds = PaymentMethod.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.invalid, field: .methodKind, "is unknown; use one of \(kinds)")
        }
        guard importing || !kind.isPush else {
            throw Problem(
                .invalid, field: .methodKind,
                "is paid by the reader's own transfer and cannot be collected yet")
        }
        var month: YearMonth?
        if let expires, !expires.isEmpty {
            guard let parsed = YearMonth(expires) else {
                throw Problem(
                    .invalid, field: .methodExpires, "is not a month; write it like 2028-04")
            }
            month = parsed
        }
        let state = PaymentMethodState.initial(expires: month, today: today)
        guard importing || state.isUsable else {
            throw Problem(
                .invalid, field: .methodExpires, "has passed: the payment method has expired")
        }
        let secret = PaymentMethod.Secret(
            token: try InputRules.token(token, field: .methodToken),
            customer: try InputRules.optional(customer, .processorCustomer, maximumBytes: 255),
            mandate: try InputRules.optional(mandate, .mandate, maximumBytes: 255),
            brand: try InputRules.optional(brand, .methodBrand, maximumBytes: 64),
            last4: try InputRules.last4(last4, field: .methodLast4),
            issuingCountry: try InputRules.country(
                issuingCountry ?? previewedCountry, field: .methodCountry))
        return CheckedMethod(
            kind: kind, processor: try InputRules.processor(processor), secret: secret,
            expires: month, state: state)
    }
}

/// A payment method that passed every rule and has no id yet.
struct CheckedMethod: Sendable {
    let kind: PaymentMethod.Kind
    let processor: String
    let secret: PaymentMethod.Secret
    let expires: YearMonth?
    let state: PaymentMethodState

    func method(
        _ id: ID<PaymentMethod>, of supporter: ID<Supporter>, at now: Instant
    ) -> PaymentMethod {
        PaymentMethod(
            id: id, supporterID: supporter, kind: kind, processor: processor, secret: secret,
            expires: expires, state: state, createdAt: now)
    }
}
