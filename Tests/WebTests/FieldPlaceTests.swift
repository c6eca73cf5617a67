import HTTPTypes
import Pledging
import Testing
import Workflows

@testable import Web

/// A refusal names the field as the operation's own request does.
@Suite struct FieldPlaceTests {
    private static let names = OperationTable.all.map(\.name)

    private func operation(_ name: String) throws -> Operation {
        try #require(OperationTable.all.first { $0.name == name })
    }

    /// The paths of all members and parameters of a request, such as `supporter.email`.
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

    @Test(arguments: names) func `a refusal never names a member that the request does not have`(
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
    func `the same field has its own path in each operation`(
        _ name: String, _ field: Problem.Field, _ place: String
    ) throws {
        #expect(try operation(name).place(of: field) == place)
    }

    // MARK: Requests

    /// No text may contain this character, so each request is refused, by the request checks or by
    /// a verb.
    private static let wrong = "\u{1}"

    private static let withTexts = OperationTable.all.filter { operation in
        !texts(of: operation.body ?? [], in: []).isEmpty
    }.map(\.name)

    /// The paths of all members that hold free text, alone or in a list.
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

    @Test(arguments: withTexts) func `an unacceptable text is refused with its path`(
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
            // An amount is refused as a whole.
            #expect(way == field || way.hasPrefix(field + "."), "\(field)")
        }
    }
}

extension JSON {
    /// Returns the object with `value` at this path; objects on the way are made if missing.
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
