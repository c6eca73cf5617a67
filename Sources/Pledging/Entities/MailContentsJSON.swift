// The form in which the contents of a mail are stored: a JSON object with the members of its kind.

extension MailContents {
    package var json: JSON {
        switch self {
        case .support(let months): .members(["every_months": months.map { .integer(Int64($0)) }])
        case .confirmReminder(let date, let months):
            .members([
                "remind_on": .string(date.description),
                "every_months": months.map { .integer(Int64($0)) },
            ])
        case .upcomingCharge(let amount, let date, let periods):
            [
                "amount": amount.json, "charge_on": .string(date.description),
                "periods": .integer(Int64(periods)),
            ]
        case .methodExpiring(let month):
            .members(["month": month.map { .string($0.description) }])
        case .pauseEnding(let date):
            .members(["next_charge_on": date.map { .string($0.description) }])
        case .addressChanged(let address): ["former_address": .string(address)]
        case .receipt(let receipt): receipt.json
        case .yearlyReceipt(let amount, let year, let payments):
            [
                "amount": amount.json, "year": .integer(Int64(year)),
                "payments": .integer(Int64(payments)),
            ]
        case .chargeFailed(let failed): failed.json
        case .methodNeeded(let amount, let date):
            .members([
                "amount": amount.json, "next_charge_on": date.map { .string($0.description) },
            ])
        case .actionNeeded(let amount, let date), .bothOrOne(let amount, let date):
            ["amount": amount.json, "ends_on": .string(date.description)]
        case .paymentReturned(let amount, let date):
            ["amount": amount.json, "paid_on": .string(date.description)]
        case .pledgeEnded(let amount, let began):
            ["amount": amount.json, "began": .bool(began)]
        case .attention(let lines): ["lines": .array(lines.map(\.json))]
        }
    }

    /// Reads what `json` wrote for a mail of that kind. Throws MailContentsError if a member is
    /// missing or malformed.
    package init(_ kind: QueuedMail.Kind, reading json: JSON) throws(MailContentsError) {
        let members = MailMembers(json: json)
        switch kind {
        case .support: self = .support(everyMonths: try members.countOrNil("every_months"))
        case .confirmReminder:
            self = .confirmReminder(
                remindOn: try members.date("remind_on"),
                everyMonths: try members.countOrNil("every_months"))
        case .upcomingCharge:
            self = .upcomingCharge(
                amount: try members.money("amount"), chargeOn: try members.date("charge_on"),
                periods: try members.count("periods"))
        case .methodExpiring: self = .methodExpiring(month: try members.monthOrNil("month"))
        case .pauseEnding:
            self = .pauseEnding(nextChargeOn: try members.dateOrNil("next_charge_on"))
        case .addressChanged:
            self = .addressChanged(formerAddress: try members.text("former_address"))
        case .receipt: self = .receipt(try Receipt(members))
        case .yearlyReceipt:
            self = .yearlyReceipt(
                amount: try members.money("amount"), year: try members.count("year"),
                payments: try members.count("payments"))
        case .chargeFailed: self = .chargeFailed(try ChargeFailed(members))
        case .actionNeeded:
            self = .actionNeeded(
                amount: try members.money("amount"), endsOn: try members.date("ends_on"))
        case .methodNeeded:
            self = .methodNeeded(
                amount: try members.money("amount"),
                nextChargeOn: try members.dateOrNil("next_charge_on"))
        case .bothOrOne:
            self = .bothOrOne(
                amount: try members.money("amount"), endsOn: try members.date("ends_on"))
        case .paymentReturned:
            self = .paymentReturned(
                amount: try members.money("amount"), paidOn: try members.date("paid_on"))
        case .pledgeEnded:
            self = .pledgeEnded(
                amount: try members.money("amount"), began: try members.flag("began"))
        case .attention: self = .attention(try members.attentionLines("lines"))
        }
    }
}

/// The named member of a mail's stored contents is missing or malformed.
package struct MailContentsError: Error {
    package let member: String
}

extension MailContents.Receipt {
    fileprivate var json: JSON {
        .members([
            "amount": amount.json, "paid_on": .string(paidOn.description),
            "periods": .integer(Int64(periods)),
            "next_charge_on": nextChargeOn.map { .string($0.description) },
            "replaced": replaced?.json, "revives": revives ? .bool(true) : nil,
        ])
    }

    fileprivate init(_ members: MailMembers) throws(MailContentsError) {
        self.init(
            amount: try members.money("amount"), paidOn: try members.date("paid_on"),
            periods: try members.count("periods"),
            nextChargeOn: try members.dateOrNil("next_charge_on"),
            replaced: try members.moneyOrNil("replaced"),
            revives: members.json["revives"] != nil)
    }
}

extension MailContents.ChargeFailed {
    fileprivate var json: JSON {
        .members([
            "amount": amount.json, "ends_on": .string(endsOn.description),
            "reason": .string(reason.rawValue),
            "retry_on": retryOn.map { .string($0.description) },
        ])
    }

    fileprivate init(_ members: MailMembers) throws(MailContentsError) {
        self.init(
            amount: try members.money("amount"), endsOn: try members.date("ends_on"),
            reason: try members.choice("reason"), retryOn: try members.dateOrNil("retry_on"))
    }
}

extension Attention.Line {
    fileprivate var json: JSON { ["what": .string(what), "cure": .string(cure)] }
}

/// Reads the members of a JSON object as the types that they must have.
private struct MailMembers {
    let json: JSON

    func textOrNil(_ name: String) throws(MailContentsError) -> String? {
        guard let member = json[name] else { return nil }
        guard case .string(let text) = member else { throw MailContentsError(member: name) }
        return text
    }

    func text(_ name: String) throws(MailContentsError) -> String {
        try needed(textOrNil(name), name)
    }

    func attentionLines(_ name: String) throws(MailContentsError) -> [Attention.Line] {
        guard case .array(let items)? = json[name] else { throw MailContentsError(member: name) }
        var lines: [Attention.Line] = []
        for item in items {
            let members = MailMembers(json: item)
            lines.append(
                Attention.Line(what: try members.text("what"), cure: try members.text("cure")))
        }
        return lines
    }

    func flag(_ name: String) throws(MailContentsError) -> Bool {
        guard case .bool(let flag)? = json[name] else { throw MailContentsError(member: name) }
        return flag
    }

    func countOrNil(_ name: String) throws(MailContentsError) -> Int? {
        guard let member = json[name] else { return nil }
        guard case .integer(let number) = member else { throw MailContentsError(member: name) }
        return Int(number)
    }

    func count(_ name: String) throws(MailContentsError) -> Int {
        try needed(countOrNil(name), name)
    }

    func dateOrNil(_ name: String) throws(MailContentsError) -> CivilDate? {
        guard let text = try textOrNil(name) else { return nil }
        return try needed(CivilDate(text), name)
    }

    func date(_ name: String) throws(MailContentsError) -> CivilDate {
        try needed(dateOrNil(name), name)
    }

    func monthOrNil(_ name: String) throws(MailContentsError) -> YearMonth? {
        guard let text = try textOrNil(name) else { return nil }
        return try needed(YearMonth(text), name)
    }

    func choice<Choice: RawRepresentable<String>>(
        _ name: String
    ) throws(MailContentsError) -> Choice {
        try needed(Choice(rawValue: text(name)), name)
    }

    func moneyOrNil(_ name: String) throws(MailContentsError) -> Money? {
        json[name] == nil ? nil : try money(name)
    }

    func money(_ name: String) throws(MailContentsError) -> Money {
        guard case .string(let amount)? = json[name]?["amount"],
            case .string(let code)? = json[name]?["currency"],
            let currency = try? Currency(code), let money = try? Money(parsing: amount, currency)
        else { throw MailContentsError(member: name) }
        return money
    }

    private func needed<Value>(
        _ value: Value?, _ name: String
    ) throws(MailContentsError) -> Value {
        guard let value else { throw MailContentsError(member: name) }
        return value
    }
}
