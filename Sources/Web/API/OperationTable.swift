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

    /// A page of a list. One row more than asked for is read: it says that there is a next page.
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
