import Pledging

extension World {
    mutating func addMethod(
        _ behaviour: FakeBehaviour, type: String, country: String?, customer: String?
    ) -> String {
        let id = newID("pm")
        methods[id] = MethodRow(
            id: id, type: type, country: country, customer: customer, behaviour: behaviour)
        return id
    }

    mutating func addCustomer() -> String {
        let id = newID("cus")
        customers.insert(id)
        return id
    }

    mutating func answerMethods(_ request: FakeRequest, _ rest: [String]) -> FakeReply {
        guard let id = rest.first, var method = methods[id] else {
            return .missing(rest.first ?? "")
        }
        switch (request.method, rest.count) {
        case ("GET", 1): return .json(json(method))
        case ("POST", 2) where rest[1] == "detach":
            guard method.customer != nil else {
                return .invalid("payment_method", message: "It is not attached to a customer.")
            }
            method.customer = nil
            methods[id] = method
            return .json(json(method))
        default: return .error(404, code: nil)
        }
    }

    mutating func answerCustomers(_ request: FakeRequest, _ rest: [String]) -> FakeReply {
        switch (request.method, rest.count) {
        case ("POST", 0): return .json(["id": .string(addCustomer()), "object": "customer"])
        case ("DELETE", 1):
            guard customers.remove(rest[0]) != nil else { return .missing(rest[0]) }
            for (id, method) in methods where method.customer == rest[0] {
                methods[id]?.customer = nil
            }
            return .json(["id": .string(rest[0]), "object": "customer", "deleted": .bool(true)])
        default: return .error(404, code: nil)
        }
    }

    mutating func answerSetup(_ request: FakeRequest) -> FakeReply {
        guard request.method == "POST", let customer = request["customer"],
            customers.contains(customer), request["usage"] == "off_session"
        else { return .invalid("customer") }
        let id = newID("seti")
        return .json([
            "id": .string(id), "object": "setup_intent", "customer": .string(customer),
            "client_secret": .string("\(id)_secret_shown_to_the_reader"),
            "status": "requires_payment_method",
        ])
    }

    private func json(_ method: MethodRow) -> JSON {
        let details: JSON = .members([
            "country": method.country.map { .string($0) } ?? .null, "last4": "4242",
        ])
        return .object([
            .init(name: "id", value: .string(method.id)),
            .init(name: "object", value: "payment_method"),
            .init(name: "type", value: .string(method.type)),
            .init(name: "customer", value: method.customer.map { .string($0) } ?? .null),
            .init(name: method.type, value: details),
        ])
    }
}
