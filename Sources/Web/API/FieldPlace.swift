import Workflows

/// Where an HTTP request has the field that a verb names.
enum FieldPlace: Hashable, Sendable {
    /// A member of the body or a query parameter, at any depth.
    case member(String)
    case idempotencyKey
    /// Only the command line, a file, the settings or the path has it.
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
        case .despiteDispute: .member("despite_dispute")
        case .payment: .member("payment")
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
        case .paidOn, .isSecond, .startedOn, .nextChargeOn, .lastChargedOn, .state, .externalID,
            .fromProcessor, .toProcessor, .formerToken, .legalName, .postalAddress, .days, .scopes,
            .head, .supporter, .pledge, .paymentMethod, .charge, .reminder, .endpoint, .delivery,
            .token, .attention, .linkedEndpoint, .port, .setting:
            .nowhere
        }
    }
}

extension Operation {
    /// Returns where the operation's request has the field: `supporter.email`, or a header's name.
    /// Nil if the request does not have it.
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
