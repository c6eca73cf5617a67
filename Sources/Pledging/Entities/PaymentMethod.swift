/// A reader's means of payment: the processor's token for it, never a card number.
package struct PaymentMethod: Identified, Hashable, Sendable {
    package static let idPrefix = "pmt"

    package enum Kind: String, CaseIterable, Sendable {
        case card, sepaDebit, paypal, bankTransfer, crypto

        /// Whether the reader sends the money, so that nothing can be collected.
        package var isPush: Bool {
            switch self {
            case .card, .sepaDebit, .paypal: false
            case .bankTransfer, .crypto: true
            }
        }

        /// Whether the money is drawn from a bank account by a mandate. If so, recurring charges
        /// are announced, and the bank may take days to answer.
        package var isDebit: Bool {
            switch self {
            case .sepaDebit: true
            case .card, .paypal, .bankTransfer, .crypto: false
            }
        }
    }

    /// The part that is stored sealed.
    package struct Secret: Hashable, Sendable {
        package var token: String
        package var customer: String?
        package var mandate: String?
        package var brand: String?
        package var last4: String?
        package var fingerprint: String?
        package var issuingCountry: String?

        package init(
            token: String, customer: String? = nil, mandate: String? = nil, brand: String? = nil,
            last4: String? = nil, fingerprint: String? = nil, issuingCountry: String? = nil
        ) {
            self.token = token
            self.customer = customer
            self.mandate = mandate
            self.brand = brand
            self.last4 = last4
            self.fingerprint = fingerprint
            self.issuingCountry = issuingCountry
        }
    }

    package let id: ID<PaymentMethod>
    package let supporterID: ID<Supporter>
    package let kind: Kind
    package let processor: String
    /// Nil once the token is deleted.
    package var secret: Secret?
    package var expires: YearMonth?
    package var state: PaymentMethodState
    package var replacedByID: ID<PaymentMethod>?
    package var version: Int64
    package let createdAt: Instant

    package init(
        id: ID<PaymentMethod>, supporterID: ID<Supporter>, kind: Kind, processor: String,
        secret: Secret?, expires: YearMonth?, state: PaymentMethodState,
        replacedByID: ID<PaymentMethod>? = nil, version: Int64 = 1, createdAt: Instant
    ) {
        self.id = id
        self.supporterID = supporterID
        self.kind = kind
        self.processor = processor
        self.secret = secret
        self.expires = expires
        self.state = state
        self.replacedByID = replacedByID
        self.version = version
        self.createdAt = createdAt
    }

    /// The data of an event about the method, without brand, digits and token.
    package func eventData(previous: PaymentMethodState? = nil) -> JSON {
        .members([
            "payment_method_id": .string(id.text), "supporter_id": .string(supporterID.text),
            "kind": .string(kind.rawValue), "processor": .string(processor),
            "expires": expires.map { .string($0.description) }, "state": .string(state.rawValue),
            "previous_state": previous.map { .string($0.rawValue) },
            "replaced_by": replacedByID.map { .string($0.text) },
        ])
    }
}

package enum PaymentMethodState: String, CaseIterable, Sendable {
    case active, expiring, expired, replaced, revoked, dead

    /// Whether a charge may be tried with it.
    package var isUsable: Bool {
        switch self {
        case .active, .expiring: true
        case .expired, .replaced, .revoked, .dead: false
        }
    }

    /// Returns the state of a new method that expires at the end of `expires`.
    package static func initial(expires: YearMonth?, today: CivilDate) -> PaymentMethodState {
        guard let lastDay = expires?.lastDay else { return .active }
        if lastDay < today { return .expired }
        return today < lastDay.adding(days: -PaymentMethodState.expiringDays) ? .active : .expiring
    }

    /// Days before the end of the expiry month from which a method counts as expiring.
    package static let expiringDays = 30
}

/// What can happen to a payment method.
package enum PaymentMethodCause: String, CaseIterable, Sendable {
    /// The end of its printed month is near, or past: networks renew tokens, so it is tried all the
    /// same.
    case expiryNear
    /// The processor says that it has expired.
    case foundExpired
    case replaced, removed, hardDeclined
    /// Its processor no longer serves the newsroom, and no other processor has a token for it.
    case processorLost
}

package enum PaymentMethodAction: Hashable, Sendable {
    /// Delete the token and everything that is sealed with it.
    case dropSecret
}

extension PaymentMethodState {
    /// Returns what `cause` does to a payment method in this state.
    package func on(_ cause: PaymentMethodCause) -> Step<PaymentMethodState, PaymentMethodAction> {
        switch (self, cause) {
        case (.active, .expiryNear): .move(to: .expiring, .paymentMethodExpiring)
        case (.active, .foundExpired), (.expiring, .foundExpired):
            .move(to: .expired, .paymentMethodExpired)
        case (.active, .replaced), (.expiring, .replaced), (.expired, .replaced),
            (.dead, .replaced):
            .move(to: .replaced, .paymentMethodReplaced, [.dropSecret])
        case (.active, .removed), (.expiring, .removed), (.expired, .removed), (.dead, .removed):
            .move(to: .revoked, .paymentMethodRemoved, [.dropSecret])
        case (.active, .hardDeclined), (.expiring, .hardDeclined), (.expired, .hardDeclined),
            (.active, .processorLost), (.expiring, .processorLost), (.expired, .processorLost):
            .move(to: .dead, .paymentMethodDead)
        case (.expiring, .expiryNear), (.expired, .expiryNear), (.expired, .foundExpired),
            (.replaced, .expiryNear), (.replaced, .foundExpired), (.replaced, .hardDeclined),
            (.replaced, .removed), (.revoked, .expiryNear), (.revoked, .foundExpired),
            (.revoked, .hardDeclined), (.revoked, .removed), (.dead, .expiryNear),
            (.dead, .foundExpired), (.dead, .hardDeclined), (.replaced, .processorLost),
            (.revoked, .processorLost), (.dead, .processorLost):
            .stay
        case (.replaced, .replaced), (.revoked, .replaced):
            .refuse("the method is no longer in use; add a new one")
        }
    }
}
