extension Problem {
    /// What of a request, a file or the settings is wrong. Each door has a switch over all cases
    /// that says it in its own words: as an option, a JSON member or a column.
    package enum Field: Hashable, Sendable {
        // A person.
        case email, name, locale, country, timeZone

        // What a person gives, and when.
        case amount, currency, interval, collectEvery, starts, until, source
        case connectionCountry, confirmsRisk
        /// Why a pledge ends, or how something about money is known.
        case note
        /// The day on which money arrived another way.
        case paidOn

        // A payment method.
        case processor, processorCustomer, mandate
        case methodKind, methodToken, methodBrand, methodLast4, methodExpires, methodCountry

        // A reminder: when it is sent, and what the reader agreed to.
        case remindIn, remindOn, remindEvery
        case door, wording

        // What only a file of another book says of a pledge.
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

        // What is read.
        /// The last day of a report.
        case lastDay
        /// A head of the audit trail.
        case head

        // Ids that name what a command is about.
        case supporter, pledge, paymentMethod, charge, reminder, endpoint, delivery, token
        // Ids beside that: the pledge that a method pays, the endpoint whose deliveries are meant.
        case linkedPledge, linkedEndpoint

        case idempotencyKey
        /// On which the service listens.
        case port

        /// By its name in a file of settings, which every door uses.
        case setting(String)
    }
}

extension Problem.Field {
    /// The settings that verbs name.
    package static let billingDailyMax = Problem.Field.setting("billing.daily_max")
    package static let mailFrom = Problem.Field.setting("mail.from")
}
