import Workflows

/// Where a request over HTTP has what a verb names.
enum FieldPlace: Hashable, Sendable {
    /// A member of the body or a parameter, at whatever depth the operation has it.
    case member(String)
    case idempotencyKey
    /// Only the command line, a file or the settings have it, or the path does.
    case nowhere
}

extension Problem.Field {
    var inRequest: FieldPlace {
        switch self {
        case .email: .member("email")
        case .name: .member("name")
        case .locale: .member("locale")
        case .country, .policyCountry: .member("country")
        case .timeZone: .member("time_zone")
        case .amount: .member("amount")
        case .currency: .member("currency")
        case .interval: .member("interval")
        case .collectEvery: .member("collect_every")
        case .starts: .member("starts_on")
        case .until: .member("until")
        case .source: .member("source")
        case .connectionCountry: .member("connection_country")
        case .confirmsRisk: .member("confirms_risk")
        case .note: .member("note")
        case .processor: .member("processor")
        case .processorCustomer: .member("customer")
        case .mandate: .member("mandate")
        case .methodKind: .member("kind")
        case .methodToken: .member("token")
        case .methodBrand: .member("brand")
        case .methodLast4: .member("last4")
        case .methodExpires: .member("expires")
        case .methodCountry: .member("issuing_country")
        case .remindIn: .member("in")
        case .remindOn: .member("on")
        case .remindEvery: .member("every_months")
        case .door: .member("page")
        case .wording: .member("wording")
        case .url: .member("url")
        case .events: .member("events")
        case .overlapHours: .member("overlap_hours")
        case .since: .member("since")
        case .lastDay: .member("to")
        case .linkedPledge: .member("pledge_id")
        case .idempotencyKey: .idempotencyKey
        case .paidOn, .startedOn, .nextChargeOn, .lastChargedOn, .state, .externalID,
            .fromProcessor, .toProcessor, .formerToken, .legalName, .postalAddress, .days, .scopes,
            .head, .supporter, .pledge, .paymentMethod, .charge, .reminder, .endpoint, .delivery,
            .token, .linkedEndpoint, .port, .setting:
            .nowhere
        }
    }
}

extension Operation {
    /// Where its request has what a verb names: `supporter.email`, or the name of a header. Nil
    /// where it has no such thing.
    func place(of field: Problem.Field) -> String? {
        switch field.inRequest {
        case .member(let name): path(to: name)
        case .idempotencyKey: isCreating ? "idempotency-key" : nil
        case .nowhere: nil
        }
    }

    private func path(to name: String) -> String? {
        for own in query + (body ?? []) {
            if own.name == name { return name }
            guard case .object(let members) = own.kind else { continue }
            if members.contains(where: { $0.name == name }) { return "\(own.name).\(name)" }
        }
        return nil
    }
}
