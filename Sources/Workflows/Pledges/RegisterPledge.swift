package import Pledging
import Store

/// A reader promises to give. The pledge begins as `pending`; its first charge makes it active.
package enum RegisterPledge {
    package struct Request: Sendable {
        package var person: PersonInput
        package var amount: String
        package var currency: String
        package var interval: Interval
        package var method: MethodInput?
        /// Months that one charge pays for, in advance: 1, 3, 6 or 12; of a monthly pledge alone.
        package var collectEvery: Int
        /// The first charge; nil is today.
        package var startsOn: CivilDate?
        /// A label of the page or campaign; stored sealed.
        package var source: String?
        /// A like pledge within a day is meant, not a mistake.
        package var isSecond: Bool
        package var idempotencyKey: String?
        /// The country that the request came from, where the door knows it; not stored.
        package var connectionCountry: String?
        /// The reader has read what a bank sees, and goes on; neither stored nor logged.
        package var confirmsRisk: Bool

        package init(
            person: PersonInput, amount: String, currency: String, interval: Interval,
            method: MethodInput?, collectEvery: Int = 1, startsOn: CivilDate? = nil,
            source: String? = nil,
            isSecond: Bool = false, idempotencyKey: String? = nil,
            connectionCountry: String? = nil, confirmsRisk: Bool = false
        ) {
            self.person = person
            self.amount = amount
            self.currency = currency
            self.interval = interval
            self.method = method
            self.collectEvery = collectEvery
            self.startsOn = startsOn
            self.source = source
            self.isSecond = isSecond
            self.idempotencyKey = idempotencyKey
            self.connectionCountry = connectionCountry
            self.confirmsRisk = confirmsRisk
        }
    }

    package struct Answer: Sendable {
        package let pledge: Pledge
        package let isRepeat: Bool
        fileprivate let stored: String?

        /// What is answered to this idempotency key, the first time and every time after.
        package var json: String { stored ?? pledge.json.text }
    }

    package static func run(_ request: Request, in context: Context) async throws -> Answer {
        // 1. Everything that needs no book is refused before it is opened.
        let contact = try request.person.checked()
        let amount = try amount(of: request)
        let source = try InputRules.optional(request.source, "source", maximumBytes: 200)
        try InputRules.collectEvery(request.collectEvery, request.interval)
        let question = RiskQuestion(
            contact: contact,
            connection: try InputRules.country(
                request.connectionCountry, field: "connection_country"),
            issuing: try InputRules.country(
                request.method?.issuingCountry ?? request.method?.previewedCountry,
                field: "method_country"),
            gift: (amount, request.interval), isConfirmed: request.confirmsRisk)
        let now = context.now

        return try await context.book.write { transaction in
            // 2. A key that was answered before gets the same answer again.
            let key = try idempotencyKey(request, transaction.keys)
            if let stored = try key?.answer(in: transaction) {
                return try repeated(stored, transaction)
            }
            // 3. What the newsroom's policy says to it, before anything is written.
            try transaction.admit(question, at: now)
            // 4. The supporter of this address: found as they are, or new.
            let (supporter, created) = try transaction.supporter(
                for: contact, in: context, at: now)
            // 5. The pledge and its method.
            let today = try transaction.today(at: now)
            let method = try request.method?.checked(today: today).method(
                context.id(at: now), of: supporter.id, at: now)
            let pledge = try newPledge(
                request, amount, supporter.id, method, source, today: today,
                id: context.id(at: now), at: now)
            // 6. Paying twice is most often a mistake; somebody new cannot have.
            let dayAgo = now.adding(hours: -likePledgeHours)
            let mayRepeat = created.isEmpty && !request.isSecond
            guard try !mayRepeat || !transaction.hasLikePledge(pledge, since: dayAgo)
            else { throw likePledge }
            // 7. Rows and events, then the answer under its key.
            var events = created
            if let method {
                try transaction.insert(method)
                events.append(try context.event(.paymentMethodAttached, method, at: now))
            }
            try transaction.insert(pledge)
            events.append(try context.event(.pledgeRegistered, pledge, at: now))
            try transaction.append(events)
            let answer = Answer(pledge: pledge, isRepeat: false, stored: nil)
            try key?.remember(answer.json, about: supporter.id, in: transaction, at: now)
            return answer
        }
    }

    /// Hours within which a second like pledge is taken for a mistake.
    private static let likePledgeHours: Int64 = 24
    /// Months that the first charge may lie ahead.
    private static let startMaximumMonths = 12

    private static let likePledge = Problem(
        .conflict,
        "this supporter registered a like pledge within the last 24 hours; "
            + "say that a second one is meant (is_second, --second)")

    private static func amount(of request: Request) throws(Problem) -> Money {
        do {
            let currency = try Currency(request.currency)
            return try Money(pledging: request.amount, currency, request.interval)
        } catch {
            var field = "amount"
            if case .unknownCurrency = error { field = "currency" }
            throw Problem(.invalid, field: field, error.description)
        }
    }

    private static func newPledge(
        _ request: Request, _ amount: Money, _ supporter: ID<Supporter>,
        _ method: PaymentMethod?, _ source: String?, today: CivilDate, id: ID<Pledge>,
        at now: Instant
    ) throws(Problem) -> Pledge {
        let start = request.startsOn ?? today
        guard start >= today, start <= today.adding(months: startMaximumMonths) else {
            throw Problem(
                .invalid, field: "starts", "the first day must be today or within a year")
        }
        var pledge = Pledge(
            id: id, supporterID: supporter, paymentMethodID: method?.id, amount: amount,
            interval: request.interval, collectEvery: request.collectEvery, state: .pending,
            anchor: Anchor(start), startedOn: start, nextChargeOn: start, source: source,
            createdAt: now)
        pledge.needsNotice = pledge.alwaysNeedsNotice(by: method?.kind)
        // The first charge needs no notice because the reader is present: on a later day they are
        // not.
        guard start == today || !pledge.needsNotice else {
            throw Problem(
                .invalid, field: "starts",
                "must be today for annual pledges, charges in advance and bank debits: a charge on "
                    + "a later day would need a notice before it")
        }
        return pledge
    }

    // MARK: Idempotency

    private static func idempotencyKey(
        _ request: Request, _ ring: KeyRing
    ) throws -> IdempotencyKey? {
        guard let key = request.idempotencyKey else { return nil }
        var texts = request.person.texts
        texts += [request.amount, request.currency, request.interval.rawValue]
        texts += [request.startsOn?.description ?? "", request.source ?? ""]
        texts += [request.isSecond ? "second" : ""] + (request.method?.texts ?? [])
        // Only where it says something: what was asked before there was a choice stays the same.
        if request.collectEvery != 1 { texts.append("every \(request.collectEvery)") }
        return try IdempotencyKey(key, of: "pledge", request: texts, ring)
    }

    private static func repeated(
        _ stored: String, _ transaction: Transaction
    ) throws -> Answer {
        let id = try ShownJSON(stored: stored).id
        guard let pledge = try transaction.pledge(ID(parsing: id)) else {
            throw SealError.malformed
        }
        return Answer(pledge: pledge, isRepeat: true, stored: stored)
    }
}
