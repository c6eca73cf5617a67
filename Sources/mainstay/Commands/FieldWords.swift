import Workflows

extension Problem {
    /// A problem with an option or an argument that only the command line has.
    init(_ kind: Kind, option: String, _ message: String) {
        self.init(kind, "\(option): \(message)")
    }

    /// The message, with its field as the command line calls it.
    var onCommandLine: String {
        field.map { "\($0.onCommandLine): \(message)" } ?? message
    }
}

extension Problem.Field {
    /// The option that gives the field; for an argument its noun, for a field of files its column.
    var onCommandLine: String {
        switch self {
        case .email: "--email"
        case .name: "--name"
        case .locale: "--locale"
        case .country: "--country"
        case .timeZone: "--time-zone"
        case .amount: "--amount"
        case .currency: "--currency"
        case .interval: "--every"
        case .collectEvery: "--collect-every"
        case .starts: "--starts"
        case .until: "--until"
        case .source: "--source"
        case .connectionCountry: "--connection-country"
        case .confirmsRisk: "--confirm-risk"
        case .note: "--note"
        case .paidOn: "--paid-on"
        case .isSecond: "--second"
        case .despiteDispute: "--despite-dispute"
        case .payment: "--payment"
        case .processor: "--processor"
        case .processorCustomer: "--customer"
        case .mandate: "--mandate"
        case .methodKind: "--method-kind"
        case .methodToken: "--method-token"
        case .methodBrand: "--brand"
        case .methodLast4: "--last4"
        case .methodExpires: "--expires"
        case .methodCountry: "--issuing-country"
        case .remindIn: "--in"
        case .remindOn: "--on"
        case .remindEvery: "--every"
        case .door: "page"
        case .wording: "wording"
        case .startedOn: "started_on"
        case .nextChargeOn: "next_charge_on"
        case .lastChargedOn: "last_charged_on"
        case .state: "state"
        case .externalID: "external_id"
        case .fromProcessor: "--from"
        case .toProcessor: "--to"
        case .formerToken: "old_token"
        case .url: "--url"
        case .events: "--events"
        case .overlapHours: "--overlap-hours"
        case .since: "--since"
        case .legalName: "--legal-name"
        case .postalAddress: "--postal-address"
        case .policyCountry: "country"
        case .days: "--days"
        case .scopes: "--scopes"
        case .lastDay: "--to"
        case .head: "--head"
        case .supporter: "supporter"
        case .pledge: "pledge"
        case .paymentMethod: "payment method"
        case .charge: "charge"
        case .reminder: "reminder"
        case .endpoint: "endpoint"
        case .delivery: "--delivery"
        case .token: "token"
        case .attention: "attention"
        case .linkedPledge: "--pledge"
        case .linkedEndpoint: "--endpoint"
        case .idempotencyKey: "--idempotency-key"
        case .port: "--port"
        case .setting(let name): name
        }
    }
}
