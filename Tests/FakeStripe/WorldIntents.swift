import Pledging

extension World {
    mutating func answerIntents(_ request: FakeRequest, _ rest: [String]) -> FakeReply {
        switch (request.method, rest.count) {
        case ("POST", 0): return createIntent(request)
        case ("GET", 0):
            let expands = request.all("expand[]").contains("data.latest_charge.balance_transaction")
            return page(
                request, intents.values.map { ($0.id, $0.created, json($0, expands: expands)) })
        case ("GET", 1) where rest[0] == "search": return search(request)
        case ("GET", 1):
            guard let intent = intents[rest[0]] else { return .missing(rest[0]) }
            return .json(json(intent, expands: request.expands))
        case ("POST", 2) where rest[1] == "cancel": return cancel(request, rest[0])
        case ("POST", 2) where rest[1] == "confirm": return confirmAgain(request, rest[0])
        default: return .error(404, code: nil)
        }
    }

    private static let known: Set<String> = [
        "amount", "currency", "confirm", "capture_method", "payment_method", "customer",
        "payment_method_types[]", "expand[]", "off_session", "return_url", "mandate",
    ]

    private mutating func createIntent(_ request: FakeRequest) -> FakeReply {
        for field in request.fields
        where !World.known.contains(field.name) && !field.name.hasPrefix("metadata[") {
            return .invalid(field.name, code: "parameter_unknown")
        }
        guard let amount = request.integer("amount") else { return .invalid("amount") }
        guard amount >= 50 else { return .invalid("amount", code: "amount_too_small") }
        guard amount <= 99_999_999 else { return .invalid("amount", code: "amount_too_large") }
        guard let currency = request["currency"], currency == currency.lowercased() else {
            return .invalid("currency")
        }
        guard request["confirm"] == "true" else { return .invalid("confirm") }
        let token = request["payment_method"] ?? ""
        guard let method = methods[token] else {
            return .invalid(
                "payment_method", code: "resource_missing",
                message: "No such PaymentMethod: '\(token)'")
        }
        guard method.customer == request["customer"] else {
            return .invalid(
                "customer", message: "The PaymentMethod '\(token)' belongs to another Customer.")
        }
        guard request.all("payment_method_types[]") == [method.type] else {
            return .invalid("payment_method_types")
        }
        var intent = IntentRow(
            id: newID("pi"), amount: amount, currency: currency, created: seconds(),
            metadata: request.metadata, status: "requires_confirmation")
        let reply = confirm(&intent, method, request)
        intents[intent.id] = intent
        return reply ?? .json(json(intent, expands: request.expands))
    }

    /// Asks the bank. Returns nil if the answer is the payment itself, otherwise the answer.
    private mutating func confirm(
        _ intent: inout IntentRow, _ method: MethodRow, _ request: FakeRequest
    ) -> FakeReply? {
        switch method.behaviour {
        case .succeeds:
            take(&intent)
            return nil
        case .processes:
            intent.status = "processing"
            intent.charge = addCharge(intent, isPaid: false)
            tell("payment_intent.processing", json(intent))
            return nil
        case .asksReader where request["off_session"] != "true":
            intent.status = "requires_action"
            intent.redirect = request["return_url"].map { _ in
                "https://hooks.stripe.test/redirect/\(intent.id)"
            }
            tell("payment_intent.requires_action", json(intent))
            return nil
        case .asksReader:
            let code = "authentication_required"
            return decline(&intent, .init(code: code, declineCode: code))
        case .declines(let code, let declineCode, let adviceCode):
            return decline(
                &intent, .init(code: code, declineCode: declineCode, adviceCode: adviceCode))
        }
    }

    private mutating func take(_ intent: inout IntentRow) {
        intent.status = "succeeded"
        intent.redirect = nil
        intent.failure = nil
        if let charge = intent.charge {
            charges[charge]?.isPaid = true
        } else {
            intent.charge = addCharge(intent, isPaid: true)
        }
        tell("payment_intent.succeeded", json(intent))
    }

    private mutating func decline(
        _ intent: inout IntentRow, _ failure: IntentRow.Failure
    ) -> FakeReply {
        intent.status = "requires_payment_method"
        intent.redirect = nil
        intent.failure = failure
        let charge = intent.charge ?? addCharge(intent, isPaid: false)
        intent.charge = charge
        charges[charge]?.failureCode = failure.code
        tell("payment_intent.payment_failed", json(intent))
        let more = json(failure).adding(["payment_intent": json(intent)])
        return FakeReply(status: 402, body: JSON.members(["error": more]).text)
    }

    private mutating func addCharge(_ intent: IntentRow, isPaid: Bool) -> String {
        let charge = ChargeRow(
            id: newID("ch"), intent: intent.id, created: seconds(), isPaid: isPaid)
        charges[charge.id] = charge
        return charge.id
    }

    private mutating func cancel(_ request: FakeRequest, _ id: String) -> FakeReply {
        guard var intent = intents[id] else { return .missing(id) }
        guard !["succeeded", "canceled", "processing"].contains(intent.status) else {
            return .invalid("intent", code: "payment_intent_unexpected_state")
        }
        intent.status = "canceled"
        intent.redirect = nil
        intents[id] = intent
        tell("payment_intent.canceled", json(intent))
        return .json(json(intent, expands: request.expands))
    }

    /// docs.stripe.com/api/payment_intents/confirm
    private mutating func confirmAgain(_ request: FakeRequest, _ id: String) -> FakeReply {
        guard var intent = intents[id] else { return .missing(id) }
        for field in request.fields
        where !["payment_method", "return_url", "off_session", "expand[]"].contains(field.name) {
            return .invalid(field.name, code: "parameter_unknown")
        }
        guard ["requires_payment_method", "requires_action"].contains(intent.status) else {
            return .invalid("intent", code: "payment_intent_unexpected_state")
        }
        guard let method = request["payment_method"].flatMap({ methods[$0] }) else {
            return .invalid("payment_method", code: "resource_missing")
        }
        let reply = confirm(&intent, method, request)
        intents[id] = intent
        return reply ?? .json(json(intent, expands: request.expands))
    }

    mutating func settle(_ id: String, failing code: String?) {
        guard var intent = intents[id], intent.status == "processing" else { return }
        if let code {
            _ = decline(&intent, .init(code: "payment_intent_payment_attempt_failed"))
            if let charge = intent.charge { charges[charge]?.failureCode = code }
        } else {
            take(&intent)
        }
        intents[id] = intent
    }

    mutating func authenticate(_ id: String, passes: Bool) {
        guard var intent = intents[id], intent.status == "requires_action" else { return }
        if passes {
            take(&intent)
        } else {
            _ = decline(&intent, .init(code: "payment_intent_authentication_failure"))
        }
        intents[id] = intent
    }

    mutating func addForeign(amount: Int64, metadata: [(String, String)]) -> String {
        var intent = IntentRow(
            id: newID("pi"), amount: amount, currency: "eur", created: seconds(),
            metadata: metadata, status: "requires_confirmation")
        take(&intent)
        intents[intent.id] = intent
        return intent.id
    }
}

extension FakeRequest {
    var expands: Bool { all("expand[]").contains("latest_charge.balance_transaction") }
}
