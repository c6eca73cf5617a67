import OpenSSL
package import Pledging
import Store

/// What a test plants in its book as if it had been there for long: a person and, unless the test
/// says otherwise, a card and a live monthly pledge. Rows and events are as verbs leave them.
package struct Plant: Sendable {
    package var email = "reader@example.org"
    package var name: String?
    package var locale: String?
    package var timeZone: String?
    package var country: String?
    package var isConfirmed = false
    package var hasMethod = true
    package var methodKind = PaymentMethod.Kind.card
    package var methodState = PaymentMethodState.active
    package var methodExpires: YearMonth?
    package var processor = "sandbox"
    package var token = "tok_planted"
    package var hasPledge = true
    package var state = PledgeState.active
    package var interval = Interval.month
    package var minorUnits: Int64 = 500
    package var currency = "USD"
    package var collectEvery = 1
    package var receipts = Pledge.Receipts.each
    package var startedOn = "2026-01-15"
    package var nextChargeOn: String? = "2026-12-15"
    package var pausedUntil: String?
    /// For a paused pledge; nil means `nextChargeOn`.
    package var dueBeforePause: String?
    package var lastChargedOn: String?
    package var source: String?

    package init() {}
}

/// What was planted.
package struct Planted: Sendable {
    package let supporter: Supporter
    package let method: PaymentMethod?
    package let pledge: Pledge?
}

extension TestBook {
    @discardableResult
    package func plant(_ change: (inout Plant) -> Void = { _ in }) async throws -> Planted {
        var plant = Plant()
        change(&plant)
        let ids = IDSource(random: RandomSource())
        let now = now
        let supporter = try plant.supporter(ids.next(at: now), at: now)
        let method = plant.hasMethod ? try plant.method(ids.next(at: now), supporter.id, now) : nil
        let pledge =
            plant.hasPledge
            ? try plant.pledge(ids.next(at: now), supporter.id, method?.id, now) : nil
        var facts: [(EventType, String, JSON)] = [
            (.supporterCreated, supporter.id.text, supporter.eventData)
        ]
        if let method { facts.append((.paymentMethodAttached, method.id.text, method.eventData())) }
        if let pledge { facts.append((.pledgeRegistered, pledge.id.text, pledge.eventData())) }
        let events = try facts.map { type, subject, data in
            Event(
                id: try ids.next(at: now), type: type, subjectID: subject, sequence: 1, at: now,
                actor: .job("planting"), data: data)
        }
        let isOld = try await book.read { try $0.schemaVersion() } < chargingSchema
        try await book.writeSchema { transaction in
            try transaction.insert(supporter)
            if let method { try transaction.insert(method) }
            if let pledge, !isOld { try transaction.insert(pledge) }
            try transaction.append(events, isFannedOut: false)
        }
        if let pledge, isOld { try await insertIntoOldSchema(pledge) }
        return Planted(supporter: supporter, method: method, pledge: pledge)
    }
}

extension Plant {
    fileprivate func supporter(_ id: ID<Supporter>, at now: Instant) throws -> Supporter {
        Supporter(
            id: id,
            contact: Contact(
                email: try EmailAddress(email), name: name, locale: locale, timeZone: timeZone,
                country: country),
            confirmedAt: isConfirmed ? now : nil, createdAt: now)
    }

    fileprivate func method(
        _ id: ID<PaymentMethod>, _ supporter: ID<Supporter>, _ now: Instant
    ) throws -> PaymentMethod {
        PaymentMethod(
            id: id, supporterID: supporter, kind: methodKind, processor: processor,
            secret: .init(token: token, brand: "visa", last4: "4242"),
            expires: methodExpires, state: methodState, createdAt: now)
    }

    fileprivate func pledge(
        _ id: ID<Pledge>, _ supporter: ID<Supporter>, _ method: ID<PaymentMethod>?, _ now: Instant
    ) throws -> Pledge {
        let started = try date(startedOn)
        var pledge = Pledge(
            id: id, supporterID: supporter, paymentMethodID: method,
            amount: Money(minorUnits: minorUnits, currency: try Currency(currency)),
            interval: interval, collectEvery: collectEvery, receipts: receipts, state: state,
            anchor: Anchor(started), startedOn: started,
            nextChargeOn: state.isFinal ? nil : try nextChargeOn.map(date),
            pausedUntil: try pausedUntil.map(date),
            dueBeforePause: state == .paused
                ? try (dueBeforePause ?? nextChargeOn).map(date) : nil,
            lastChargedOn: try lastChargedOn.map(date),
            cancellation: state == .cancelled ? Cancellation(reason: .other, by: .staff) : nil,
            source: source, endedAt: state.isFinal ? now : nil, createdAt: now)
        pledge.needsNotice = pledge.alwaysNeedsNotice(by: hasMethod ? methodKind : nil)
        return pledge
    }

    private func date(_ text: String) throws -> CivilDate {
        guard let date = CivilDate(text) else { throw NoDate(text: text) }
        return date
    }
}

/// A test named a day that does not exist.
private struct NoDate: Error {
    let text: String
}
