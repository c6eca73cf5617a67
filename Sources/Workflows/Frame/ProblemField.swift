extension Problem {
    /// The part of a request, a file or the settings that is wrong. Each door has a switch over all
    /// cases that names it in its own words: as an option, a JSON member or a column.
    package enum Field: Hashable, Sendable {
        // A person.
        case email, name, locale, country, timeZone

        // What a person gives, and when.
        case amount, currency, interval, collectEvery, starts, until, source
        case connectionCountry, confirmsRisk
        /// The note on why a pledge ends, or on money.
        case note
        /// The day on which money arrived another way.
        case paidOn
        /// A payment that is like another one is meant, not entered twice.
        case isSecond
        /// A refund is meant, though the bank may take the money back as well.
        case despiteDispute
        /// The payment of a charge that is refunded.
        case payment

        // A payment method.
        case processor, processorCustomer, mandate
        case methodKind, methodToken, methodBrand, methodLast4, methodExpires, methodCountry

        // A reminder: when it is sent, and what the reader agreed to.
        case remindIn, remindOn, remindEvery
        case door, wording

        // What only an imported file says of a pledge.
        case startedOn, nextChargeOn, lastChargedOn, state, externalID

        // A move of payment methods to another processor.
        case fromProcessor, toProcessor
        /// The token that the former processor knew a method by.
        case formerToken

        // Webhook endpoints.
        case url, events, overlapHours, since

        // What the newsroom decides.
        case legalName, postalAddress
        /// The country of a risk policy, or `*`.
        case policyCountry
        case days, scopes

        // Reports and the audit trail.
        /// The last day of a report.
        case lastDay
        /// A head of the audit trail.
        case head

        // Ids that name what a command is about.
        case supporter, pledge, paymentMethod, charge, reminder, endpoint, delivery, token,
            attention
        // Further ids: the pledge that a method pays, the endpoint whose deliveries are meant.
        case linkedPledge, linkedEndpoint

        case idempotencyKey
        /// The port on which the service listens.
        case port

        /// A setting, by its name in the settings file.
        case setting(String)
    }
}

extension Problem.Field {
    /// The settings that verbs name.
    package static let billingDailyMax = Problem.Field.setting("billing.daily_max")
    package static let mailFrom = Problem.Field.setting("mail.from")
}
