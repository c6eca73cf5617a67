package import Pledging
package import Store

/// Reads entities of the book, one by one or as lists. A function that takes an id throws Problem
/// `.notFound` when nothing has that id.
package enum BrowseBook {
    /// Returns a supporter, by id or address, with what belongs to them. Throws Problem `.invalid`
    /// when `idOrEmail` is neither, `.notFound` when there is no such supporter.
    package static func supporter(
        _ idOrEmail: String, in context: Context
    ) async throws -> SupporterRecord {
        let email =
            idOrEmail.contains("@") ? try InputRules.email(idOrEmail, field: .supporter) : nil
        let id = email == nil ? try self.id(idOrEmail, .supporter) as ID<Supporter> : nil
        return try await context.lookUp { look in
            let found =
                if let email { try look.store.supporter(email: email) } else {
                    try id.flatMap { try look.store.supporter($0) }
                }
            guard let found else {
                throw Problem(
                    .notFound,
                    "there is no supporter with that \(email == nil ? "id" : "address")")
            }
            return try look.record(of: found)
        }
    }

    package static func pledge(_ id: ID<Pledge>, in context: Context) async throws -> Pledge {
        try await context.lookUp { try $0.existing(id) }
    }

    package static func paymentMethod(
        _ id: ID<PaymentMethod>, in context: Context
    ) async throws -> PaymentMethod {
        try await context.lookUp { try $0.existing(id) }
    }

    /// Returns a charge with its attempts, refunds, disputes and extra payments.
    package static func charge(
        _ id: ID<Charge>, in context: Context
    ) async throws -> ChargeRecord {
        try await context.lookUp { look in
            try look.record(of: look.existing(id))
        }
    }

    package static func reminder(
        _ id: ID<Reminder>, in context: Context
    ) async throws -> Reminder {
        try await context.lookUp { try $0.existing(id) }
    }

    package static func supporters(in context: Context) -> Listing<Supporter, String> {
        Listing(context: context, position: \.id.text) {
            try $0.supporters(after: $1 ?? "", limit: $2)
        }
    }

    package static func pledges(
        state: PledgeState?, in context: Context
    ) -> Listing<Pledge, String> {
        Listing(context: context, position: \.id.text) {
            try $0.pledges(state: state, after: $1 ?? "", limit: $2)
        }
    }

    package static func charges(
        state: ChargeState?, pledge: ID<Pledge>?, in context: Context
    ) -> Listing<Charge, String> {
        Listing(context: context, position: \.id.text) {
            try $0.charges(state: state, pledge: pledge, after: $1 ?? "", limit: $2)
        }
    }

    package static func paymentMethods(in context: Context) -> Listing<PaymentMethod, String> {
        Listing(context: context, position: \.id.text) {
            try $0.paymentMethods(after: $1 ?? "", limit: $2)
        }
    }

    package static func reminders(
        state: ReminderState?, dueBefore: Instant?, in context: Context
    ) -> Listing<Reminder, String> {
        Listing(context: context, position: \.id.text) {
            try $0.reminders(state: state, dueBefore: dueBefore, after: $1 ?? "", limit: $2)
        }
    }

    package static func suppressions(
        in context: Context
    ) -> Listing<StoredSuppression, StoredSuppression> {
        Listing(context: context, position: \.self) { try $0.suppressions(after: $1, limit: $2) }
    }

    package static func events(
        type: EventType?, subjectID: String?, since: Instant?, in context: Context
    ) -> Listing<StoredEvent, String> {
        let since = since ?? Instant(milliseconds: 0)
        return Listing(context: context, position: \.id) {
            try $0.events(
                type: type, subjectID: subjectID, since: since, after: $1 ?? "", limit: $2)
        }
    }

    package static func deliveries(
        to endpoint: ID<WebhookEndpoint>?, state: DeliveryState?, since: Instant?,
        in context: Context
    ) -> Listing<StoredDelivery, String> {
        let since = since ?? Instant(milliseconds: 0)
        let end = Instant(milliseconds: .max)
        return Listing(context: context, position: \.delivery.id.text) {
            try $0.deliveries(
                to: endpoint, state: state, since: since, until: end, after: $1 ?? "", limit: $2)
        }
    }

    package static func attentions(
        onlyOpen: Bool, in context: Context
    ) -> Listing<Attention, String> {
        Listing(context: context, position: \.id.text) {
            try $0.attentions(onlyOpen: onlyOpen, after: $1 ?? "", limit: $2)
        }
    }

    package static func attention(
        _ id: ID<Attention>, in context: Context
    ) async throws -> Attention {
        try await context.lookUp { try $0.existing(id) }
    }

    /// Returns the names of the processors that the book's payment methods are of.
    package static func processorsOfMethods(in context: Context) async throws -> [String] {
        try await context.book.read { try $0.processorsOfMethods() }
    }

    /// Returns today's date in the newsroom's zone.
    package static func today(in context: Context) async throws -> CivilDate {
        try await context.look { try $0.today() }
    }

    package static func webhookEndpoints(in context: Context) async throws -> [WebhookEndpoint] {
        try await context.book.read { try $0.webhookEndpoints() }
    }

    package static func webhookEndpoint(
        _ id: ID<WebhookEndpoint>, in context: Context
    ) async throws -> WebhookEndpoint {
        try await context.look { try $0.existing(id) }
    }

    package static func tokens(in context: Context) async throws -> [APIToken] {
        try await context.book.read { try $0.apiTokens() }
    }

    /// Returns the stored risk policies. None means that nobody has reviewed them yet.
    package static func riskPolicies(in context: Context) async throws -> [StoredRiskPolicy] {
        try await context.book.read { try $0.riskPolicies() }
    }

    /// Returns the head of the audit trail, which the operator keeps elsewhere. Throws Problem
    /// `.conflict` before anything is sealed.
    package static func auditHead(in context: Context) async throws -> AuditSeal {
        guard let seal = try await context.book.read({ try $0.lastAuditSeal() }) else {
            throw Problem(.conflict, "nothing is sealed yet; run 'mainstay run seal'")
        }
        return seal
    }

    /// Returns the charge that a text names by its id or by that of an extra payment of it, and in
    /// that case the latter. Throws Problem `.invalid`, or `.notFound` for an unknown payment.
    package static func chargeOrPayment(
        _ text: String, in context: Context
    ) async throws -> (charge: ID<Charge>, extra: ID<ExtraPayment>?) {
        guard let extra: ID<ExtraPayment> = try? ID(parsing: text) else {
            return (try id(text, .charge), nil)
        }
        let known = try await context.lookUp { try $0.store.extraPayment(extra) }
        guard let known else { throw Problem.noSuch("extra payment", text) }
        return (known.chargeID, extra)
    }

    /// Parses an id that a caller typed. Throws Problem `.invalid` that names `field`.
    package static func id<Entity: Identified>(
        _ text: String, _ field: Problem.Field
    ) throws(Problem) -> ID<Entity> {
        do {
            return try ID<Entity>(parsing: text)
        } catch {
            throw Problem(.invalid, field: field, error.description)
        }
    }
}
