import Pledging
import Workflows

/// Every operation, in the order of the reference.
enum OperationTable {
    static let all: [Operation] =
        pledges + supporters + paymentMethods + reminders + charges + events + webhooks + reports
        + imports + risk + jobs + attention

    // MARK: Shared

    /// The query of a list whose rows have ids with this prefix.
    static func pageQuery(_ prefix: String) -> [Field] {
        [
            Field("after", .id(prefix), "The 'next' of the previous page."),
            Field("limit", .integer(1...500), "Rows per page; 100 if not given."),
        ]
    }

    /// The members by which requests describe a person.
    static let person: [Field] = [
        Field("email", .text(maximum: 384), isRequired: true),
        Field("name", .text(maximum: 300)),
        Field("locale", .text(maximum: 35), "A language tag, like ru or pt-BR."),
        Field("country", .text(maximum: 8), "A country, like DE."),
        Field("time_zone", .text(maximum: 64), "A time zone, like Europe/Berlin."),
    ]

    /// Returns a page of a list. Reads one row more than the limit, to see whether there is a next
    /// page.
    static func page<Row>(
        _ call: Call, _ list: Listing<Row, String>, _ json: (Row) -> JSON
    ) async throws -> Reply {
        let limit = call.query.integer("limit") ?? 100
        let rows = try await list.page(after: call.query.text("after"), limit: limit + 1)
        let shown = rows.prefix(limit)
        let next = rows.count > limit ? shown.last.map(list.position) : nil
        return .page(shown.map(json), next: next)
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
