package import Pledging
import Store

/// Registers a reader's pledge. It begins as `pending`; its first charge makes it active.
package enum RegisterPledge {
    package struct Request: Sendable {
        package var person: PersonInput
        package var amount: String
        package var currency: String
        package var interval: Interval
        package var method: MethodInput?
        /// Months that one charge pays for, in advance: 1, 3, 6 or 12. More than 1 is for monthly
        /// pledges only.
        package var collectEvery: Int
        /// The day of the first charge; nil means today.
        package var startsOn: CivilDate?
        /// A label of the page or campaign; stored sealed.
        package var source: String?
        /// A second, similar pledge within 24 hours is meant, not a mistake.
        package var isSecond: Bool
        /// The country that the request came from, if it is known; not stored.
        package var connectionCountry: String?
        /// The reader has read the warning about what a bank sees, and goes on; neither stored nor
        /// logged.
        package var confirmsRisk: Bool

        package init(
            person: PersonInput, amount: String, currency: String, interval: Interval,
            method: MethodInput?, collectEvery: Int = 1, startsOn: CivilDate? = nil,
            source: String? = nil, isSecond: Bool = false,
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
            self.connectionCountry = connectionCountry
            self.confirmsRisk = confirmsRisk
        }
    }

    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> =
        PersonInput.fields.union(MethodInput.fields).union([
            .amount, .currency, .collectEvery, .starts, .source, .connectionCountry,
            .confirmsRisk,
        ])

    /// Returns the new pledge. Throws Problem: `.conflict` for a similar pledge within 24 hours,
    /// `.notPermitted` when the newsroom's policy refuses, `.invalid` for a field that breaks a
    /// rule.
    package static func run(_ request: Request, in context: Context) async throws -> Pledge {
        // 1. Check everything that does not need the book.
        let contact = try request.person.checked()
        let amount = try amount(of: request)
        let source = try InputRules.optional(request.source, .source, maximumBytes: 200)
        try InputRules.collectEvery(request.collectEvery, request.interval)
        let question = RiskQuestion(
            contact: contact,
            connection: try InputRules.country(
                request.connectionCountry, field: .connectionCountry),
            issuing: try InputRules.country(
                request.method?.issuingCountry ?? request.method?.previewedCountry,
                field: .methodCountry),
            gift: (amount, request.interval), isConfirmed: request.confirmsRisk)

        return try await context.answer { change in
            // 2. Check the newsroom's policy, before anything is written.
            try change.admit(question)
            // 3. Find the supporter of this address, or add a new one.
            let (supporter, created) = try change.supporters.findOrAdd(contact)
            // 4. The pledge and its method.
            let today = try change.today()
            let method = try request.method?.checked(today: today).method(
                change.id(), of: supporter.id, at: change.now)
            let pledge = try newPledge(
                request, amount, supporter.id, method, source, today: today, in: change)
            // 5. A second, similar pledge is usually a mistake; a new supporter cannot have one.
            let dayAgo = change.now.adding(hours: -likePledgeHours)
            let mayRepeat = created.isEmpty && !request.isSecond
            guard try !mayRepeat || !change.store.hasLikePledge(pledge, since: dayAgo)
            else { throw likePledge }
            // 6. Rows and events.
            var events = created
            if let method {
                try change.store.insert(method)
                events.append(try change.event(.paymentMethodAttached, method))
            }
            try change.store.insert(pledge)
            events.append(try change.event(.pledgeRegistered, pledge))
            try change.store.append(events)
            return pledge
        }
    }

    /// Hours within which a second, similar pledge is taken for a mistake.
    private static let likePledgeHours: Int64 = 24
    /// Months that the first charge may lie ahead.
    private static let startMaximumMonths = 12

    private static let likePledge = Problem(
        .conflict,
        "this supporter registered a similar pledge within the last 24 hours; "
            + "confirm that a second one is meant (is_second, --second)")

    private static func amount(of request: Request) throws(Problem) -> Money {
        do {
            let currency = try Currency(request.currency)
            return try Money(pledging: request.amount, currency, request.interval)
        } catch {
            var field = Problem.Field.amount
            if case .unknownCurrency = error { field = .currency }
            throw Problem(.invalid, field: field, error.description)
        }
    }

    private static func newPledge(
        _ request: Request, _ amount: Money, _ supporter: ID<Supporter>,
        _ method: PaymentMethod?, _ source: String?, today: CivilDate, in change: Change
    ) throws -> Pledge {
        let start = request.startsOn ?? today
        guard start >= today, start <= today.adding(months: startMaximumMonths) else {
            throw Problem(
                .invalid, field: .starts, "must be today or within a year")
        }
        var pledge = Pledge(
            id: try change.id(), supporterID: supporter, paymentMethodID: method?.id,
            amount: amount,
            interval: request.interval, collectEvery: request.collectEvery, state: .pending,
            anchor: Anchor(start), startedOn: start, nextChargeOn: start, source: source,
            createdAt: change.now)
        try InputRules.chargeable(pledge.chargeAmount, by: method?.processor)
        pledge.needsNotice = pledge.alwaysNeedsNotice(by: method?.kind)
        // The first charge needs no notice, because the reader is present; on a later day they are
        // not.
        guard start == today || !pledge.needsNotice else {
            throw Problem(
                .invalid, field: .starts,
                "must be today for annual pledges, charges in advance and bank debits: a charge on "
                    + "a later day would need a notice before it")
        }
        return pledge
    }
}

extension RegisterPledge.Request {
    /// The digest of the request, for an idempotency key of the command line. Connection country
    /// and confirmation do not count.
    package var digest: RequestDigest {
        RequestDigest(
            "registerPledge",
            content: .members([
                "supporter": person.content, "amount": .string(amount),
                "currency": .string(currency), "interval": .string(interval.rawValue),
                "collect_every": .integer(Int64(collectEvery)),
                "payment_method": method.map(\.content),
                "starts_on": startsOn.map { .string($0.description) },
                "source": source.map { .string($0) }, "is_second": .bool(isSecond),
            ]))
    }
}

extension PersonInput {
    fileprivate var content: JSON {
        .members([
            "email": .string(email), "name": name.map { .string($0) },
            "locale": locale.map { .string($0) }, "country": country.map { .string($0) },
            "time_zone": timeZone.map { .string($0) },
        ])
    }
}

extension MethodInput {
    fileprivate var content: JSON {
        .members([
            "kind": .string(kind), "processor": .string(processor), "token": .string(token),
            "customer": customer.map { .string($0) }, "mandate": mandate.map { .string($0) },
            "brand": brand.map { .string($0) }, "last4": last4.map { .string($0) },
            "expires": expires.map { .string($0) },
            "issuing_country": issuingCountry.map { .string($0) },
        ])
    }
}
