import Pledging
import Store

// Reads what a caller named by its id. Throws Problem `.notFound` when there is no such entity.

extension Moment {
    func existing(_ id: ID<Supporter>) throws -> Supporter {
        guard let found = try store.supporter(id) else {
            throw Problem.noSuch("supporter", id.text)
        }
        return found
    }

    func existing(_ id: ID<Pledge>) throws -> Pledge {
        guard let found = try store.pledge(id) else { throw Problem.noSuch("pledge", id.text) }
        return found
    }

    func existing(_ id: ID<PaymentMethod>) throws -> PaymentMethod {
        guard let found = try store.paymentMethod(id) else {
            throw Problem.noSuch("payment method", id.text)
        }
        return found
    }

    func existing(_ id: ID<Charge>) throws -> Charge {
        guard let found = try store.charge(id) else { throw Problem.noSuch("charge", id.text) }
        return found
    }

    func existing(_ id: ID<Reminder>) throws -> Reminder {
        guard let found = try store.reminder(id) else { throw Problem.noSuch("reminder", id.text) }
        return found
    }

    func existing(_ id: ID<Attention>) throws -> Attention {
        guard let found = try store.attention(id) else {
            throw Problem.noSuch("attention", id.text)
        }
        return found
    }

    func existing(_ id: ID<WebhookEndpoint>) throws -> WebhookEndpoint {
        guard let found = try store.webhookEndpoint(id) else {
            throw Problem.noSuch("webhook endpoint", id.text)
        }
        return found
    }

    /// Returns the payment method of a pledge; nil when it has none.
    func method(of pledge: Pledge) throws -> PaymentMethod? {
        try pledge.paymentMethodID.flatMap { try store.paymentMethod($0) }
    }
}

extension Pledge {
    /// Throws Problem `.conflict` when the pledge is over.
    func refuseIfOver() throws(Problem) {
        guard state.isFinal else { return }
        throw Problem(
            .conflict, "the pledge is over (\(state.rawValue)); register a new pledge instead")
    }
}
