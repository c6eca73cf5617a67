import Pledging
import Workflows

/// Every operation, in the order of the reference.
enum OperationTable {
    static let all: [Operation] =
        pledges + supporters + paymentMethods + reminders + charges + events + webhooks + reports
        + imports + risk + jobs

    // MARK: What many have in common

    /// Of a list whose rows have ids of that prefix.
    static func pageQuery(_ prefix: String) -> [Field] {
        [
            Field("after", .id(prefix), "The cursor of the page before: its 'next'."),
            Field("limit", .integer(1...500), "Rows to a page; 100 if not given."),
        ]
    }

    /// A person, as requests describe one.
    static let person: [Field] = [
        Field("email", .text(maximum: 384), isRequired: true),
        Field("name", .text(maximum: 300)),
        Field("locale", .text(maximum: 35), "A language tag, like ru or pt-BR."),
        Field("country", .text(maximum: 8), "Like DE."),
        Field("time_zone", .text(maximum: 64), "Like Europe/Berlin."),
    ]

    /// A page of a list: one more row than asked for says that there is a next one.
    static func page<Row>(
        _ call: Call, _ json: (Row) -> JSON,
        _ read: (_ after: String, _ limit: Int) async throws -> [Row]
    ) async throws -> Reply {
        let limit = call.query.integer("limit") ?? 100
        let rows = try await read(call.query.text("after") ?? "", limit + 1)
        let shown = rows.prefix(limit).map(json)
        guard rows.count > limit, case .string(let id)? = shown.last?["id"] else {
            return .page(shown, next: nil)
        }
        return .page(shown, next: id)
    }
}

extension Members {
    /// The members of `OperationTable.person`.
    var person: PersonInput {
        PersonInput(
            email: text("email") ?? "", name: text("name"), locale: text("locale"),
            country: text("country"), timeZone: text("time_zone"))
    }
}
