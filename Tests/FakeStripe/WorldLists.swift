import Foundation
import Pledging

extension World {
    /// docs.stripe.com/api/pagination: newest first. `starting_after` returns the older items after
    /// it, `ending_before` the newer items next to it.
    func page(
        _ request: FakeRequest, _ items: [(id: String, created: Int64, json: JSON)]
    ) -> FakeReply {
        let limit = Int(request.integer("limit") ?? 10)
        guard (1...100).contains(limit) else { return .invalid("limit") }
        let all = items.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
        var left = all.filter { isWithin($0.created, request) }
        var isBackwards = false
        if let id = request["starting_after"] {
            guard let place = left.firstIndex(where: { $0.id == id }) else {
                return .invalid("starting_after", code: "resource_missing")
            }
            left = Array(left[(place + 1)...])
        } else if let id = request["ending_before"] {
            guard let place = left.firstIndex(where: { $0.id == id }) else {
                return .invalid("ending_before", code: "resource_missing")
            }
            left = Array(left[..<place])
            isBackwards = true
        }
        let page = isBackwards ? left.suffix(limit) : left.prefix(limit)
        return .json([
            "object": "list", "has_more": .bool(left.count > page.count),
            "data": .array(page.map(\.json)),
        ])
    }

    private func isWithin(_ created: Int64, _ request: FakeRequest) -> Bool {
        (request.integer("created[gte]").map { created >= $0 } ?? true)
            && (request.integer("created[gt]").map { created > $0 } ?? true)
            && (request.integer("created[lte]").map { created <= $0 } ?? true)
            && (request.integer("created[lt]").map { created < $0 } ?? true)
    }

    /// docs.stripe.com/search: `metadata['name']:'value'`, joined by AND.
    func search(_ request: FakeRequest) -> FakeReply {
        guard let searchLag else { return .error(400, code: nil, message: "Not offered here.") }
        var wanted: [(String, String)] = []
        // A backslash escapes a quotation mark or a backslash in a value.
        let query = (request["query"] ?? "").replacing("\\\\", with: "\u{1}")
            .replacing("\\'", with: "\u{2}")
        for clause in query.components(separatedBy: " AND ") {
            let parts = clause.components(separatedBy: "'").map {
                $0.replacing("\u{1}", with: "\\").replacing("\u{2}", with: "'")
            }
            guard parts.count == 5, parts[0] == "metadata[", parts[2] == "]:", parts[4].isEmpty
            else { return .invalid("query") }
            wanted.append((parts[1], parts[3]))
        }
        let expands = request.all("expand[]").contains("data.latest_charge.balance_transaction")
        let found = intents.values.filter { intent in
            intent.created + searchLag <= seconds()
                && wanted.allSatisfy { wish in intent.metadata.contains { $0 == wish } }
        }
        return .json([
            "object": "search_result", "has_more": .bool(false),
            "data": .array(
                found.sorted { $0.id > $1.id }.map { json($0, expands: expands) }),
        ])
    }

    // MARK: Events

    /// Lists the events of the last 30 days.
    func answerEvents(_ request: FakeRequest) -> FakeReply {
        let types = Set(request.all("types[]"))
        guard types.count <= 20 else { return .invalid("types") }
        let kept = events.filter {
            $0.created > seconds() - 30 * 86_400 && (types.isEmpty || types.contains($0.type))
        }
        return page(
            request,
            kept.map {
                ($0.id, $0.created, .encoded(String(decoding: $0.body, as: UTF8.self)))
            })
    }

    /// Adds an event about an object.
    mutating func tell(_ type: String, _ object: JSON) {
        let id = newID("evt")
        let body: JSON = [
            "id": .string(id), "object": "event", "api_version": "2024-06-20",
            "created": .integer(seconds()), "livemode": .bool(false),
            "pending_webhooks": .integer(1), "type": .string(type), "data": ["object": object],
        ]
        events.append(
            FakeEvent(id: id, type: type, created: seconds(), body: Array(body.text.utf8)))
    }
}
