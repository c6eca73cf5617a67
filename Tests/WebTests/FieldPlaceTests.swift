import HTTPTypes
import Pledging
import Testing
import Workflows

@testable import Web

/// What a verb refuses by name is named as the operation's own request has it.
@Suite struct FieldPlaceTests {
    private static let names = OperationTable.all.map(\.name)

    private func operation(_ name: String) throws -> Operation {
        try #require(OperationTable.all.first { $0.name == name })
    }

    /// The ways to every member of a request and every parameter: `supporter.email`.
    private func paths(of operation: Operation) -> [String] {
        paths(of: operation.query + (operation.body ?? []), in: "")
    }

    private func paths(of fields: [Field], in place: String) -> [String] {
        fields.flatMap { field -> [String] in
            let own = place + field.name
            guard case .object(let members) = field.kind else { return [own] }
            return [own] + paths(of: members, in: own + ".")
        }
    }

    @Test(arguments: names) func `each field that its verb may name has a place in its request`(
        _ name: String
    ) throws {
        let operation = try operation(name)
        let paths = paths(of: operation)
        for field in operation.names {
            let place = try #require(operation.place(of: field), "\(field)")
            #expect(paths.contains(place), "\(field)")
        }
        let key = operation.place(of: .idempotencyKey)
        #expect(key == (operation.isCreating ? "idempotency-key" : nil))
    }

    @Test(arguments: names) func `what its request does not have is never named as a member`(
        _ name: String
    ) throws {
        let operation = try operation(name)
        let paths = paths(of: operation)
        let all = OperationTable.all.reduce(into: Set<Problem.Field>()) { $0.formUnion($1.names) }
        for field in all {
            guard let place = operation.place(of: field) else { continue }
            #expect(paths.contains(place), "\(field)")
        }
        for field: Problem.Field in [.head, .scopes, .port, .setting("mail.from"), .pledge] {
            #expect(operation.place(of: field) == nil)
            let answer = ErrorAnswer(Problem(.invalid, field: field, "is wrong"), to: operation)
            #expect(answer.field == nil && answer.detail.hasSuffix(": is wrong"))
        }
    }

    @Test(arguments: [
        ("registerPledge", Problem.Field.email, "supporter.email"),
        ("registerPledge", .methodToken, "payment_method.token"),
        ("registerPledge", .methodCountry, "payment_method.issuing_country"),
        ("registerPledge", .country, "supporter.country"),
        ("registerPledge", .currency, "amount.currency"), ("registerPledge", .amount, "amount"),
        ("registerPledge", .starts, "starts_on"), ("changePledge", .amount, "amount"),
        ("registerPledge", .confirmsRisk, "confirms_risk"), ("addSupporter", .email, "email"),
        ("scheduleReminder", .remindEvery, "every_months"), ("scheduleReminder", .door, "page"),
        ("attachPaymentMethod", .linkedPledge, "pledge_id"), ("reportCharges", .lastDay, "to"),
    ])
    func `one field has its own place in each operation`(
        _ name: String, _ field: Problem.Field, _ place: String
    ) throws {
        #expect(try operation(name).place(of: field) == place)
    }

    // MARK: Asked for

    /// No text may hold this character, so that each is refused, by the reference or by a verb.
    private static let wrong = "\u{1}"

    private static let withTexts = OperationTable.all.filter { operation in
        !texts(of: operation.body ?? [], in: []).isEmpty
    }.map(\.name)

    /// The ways to all members that hold free text, alone or in a list.
    private static func texts(
        of fields: [Field], in path: [String]
    ) -> [(path: [String], value: JSON)] {
        fields.flatMap { field -> [(path: [String], value: JSON)] in
            let own = path + [field.name]
            switch field.kind {
            case .text: return [(own, .string(wrong))]
            case .list(.text): return [(own, .array([.string(wrong)]))]
            case .object(let members): return texts(of: members, in: own)
            default: return []
            }
        }
    }

    @Test(arguments: withTexts) func `a text that no verb takes is told by the way to it`(
        _ name: String
    ) async throws {
        let operation = try operation(name)
        let furnished = try await Furnished()
        let (path, body) = (furnished.path(operation), furnished.body(operation))
        let base = try JSON(reading: Array((body ?? "{}").utf8))
        for text in Self.texts(of: operation.body ?? [], in: []) {
            let request = base.setting(text.value, at: text.path)
            let answer = try await furnished.served.ask(operation.method, path, request.text)
            #expect(answer.status == 422, "\(text.path): \(answer.text)")
            let way = text.path.joined(separator: ".")
            let field = try #require(try answer.member("field"), "\(text.path): \(answer.text)")
            // An amount is wrong as a whole.
            #expect(way == field || way.hasPrefix(field + "."), "\(field)")
        }
    }
}

extension JSON {
    /// The same object with another value there; objects on the way to it are made.
    fileprivate func setting(_ value: JSON, at path: [String]) -> JSON {
        guard let name = path.first else { return value }
        guard case .object(var members) = self else {
            return JSON.object([]).setting(value, at: path)
        }
        let rest = Array(path.dropFirst())
        if let index = members.firstIndex(where: { $0.name == name }) {
            members[index] = Member(
                name: name, value: members[index].value.setting(value, at: rest))
        } else {
            members.append(
                Member(name: name, value: JSON.object([]).setting(value, at: rest)))
        }
        return .object(members)
    }
}
