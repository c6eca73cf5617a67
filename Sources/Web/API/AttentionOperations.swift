import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let attention: [Operation] = [
        Operation(
            name: "listAttention", method: .get, path: "/v1/attention",
            summary: "What needs a person of the newsroom, oldest first.",
            scope: .attentionRead,
            query: [Field("all", .boolean, "Also list what was resolved.")] + pageQuery("att"),
            answer: .attention.page
        ) { call in
            try await page(
                call,
                BrowseBook.attentions(onlyOpen: !call.query.flag("all"), in: call.context), \.json)
        },
        Operation(
            name: "getAttention", method: .get, path: "/v1/attention/{id}",
            summary: "One attention.", scope: .attentionRead, idPrefix: "att", answer: .attention
        ) { call in
            .one(try await BrowseBook.attention(call.id("attention"), in: call.context))
        },
        Operation(
            name: "resolveAttention", method: .post, path: "/v1/attention/{id}/resolve",
            summary: "Marks an attention as dealt with.", scope: .attentionWrite, idPrefix: "att",
            body: [], isChanging: true, answer: .attention
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await ResolveAttention.run(call.id("attention"), in: context)
                })
        },
    ]
}

extension Shape {
    static let attention = Shape(
        name: "Attention",
        fields: [
            Field("id", .id("att"), isRequired: true),
            Field("kind", .choices(Attention.Kind.self), isRequired: true),
            Field("subject", .text(maximum: 64), isRequired: true, "An id, or a name."),
            Field("detail", .text(maximum: 256)),
            Field("what", .text(maximum: 300), isRequired: true, "What happened."),
            Field("cure", .text(maximum: 300), isRequired: true, "What mends it."),
            Field("first_seen_at", .time, isRequired: true),
            Field("last_seen_at", .time, isRequired: true),
            Field("times_seen", .integer(1...1_000_000_000), isRequired: true),
            Field("resolved_at", .time),
            Field("resolved_by", .text(maximum: 64)),
            version,
        ])
}
