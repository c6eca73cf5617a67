import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let webhooks: [Operation] = [
        Operation(
            name: "addWebhookEndpoint", method: .post, path: "/v1/webhook-endpoints",
            summary: """
                Adds a webhook endpoint. Its URL must use TLS and lie outside private networks. \
                The secret is shown only in this answer.
                """,
            scope: .webhooksWrite,
            body: [Field("url", .text(maximum: 2_048), isRequired: true), eventFilters],
            isCreating: true, names: AddWebhookEndpoint.fields, answer: .revealedEndpoint
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await AddWebhookEndpoint.run(
                        url: call.body.text("url") ?? "", events: call.body.texts("events") ?? [],
                        allowsHTTP: false, allowsPrivate: false, in: context)
                })
        },
        Operation(
            name: "listWebhookEndpoints", method: .get, path: "/v1/webhook-endpoints",
            summary: "All webhook endpoints.", scope: .webhooksRead, answer: .webhookEndpoint.page
        ) { call in
            .page(try await BrowseBook.webhookEndpoints(in: call.context).map(\.json), next: nil)
        },
        Operation(
            name: "getWebhookEndpoint", method: .get, path: "/v1/webhook-endpoints/{id}",
            summary: "One webhook endpoint.", scope: .webhooksRead, idPrefix: "whe",
            answer: .webhookEndpoint
        ) { call in
            .one(try await BrowseBook.webhookEndpoint(call.endpoint(), in: call.context))
        },
        Operation(
            name: "changeWebhookEndpoint", method: .patch, path: "/v1/webhook-endpoints/{id}",
            summary: """
                Changes an endpoint's URL, events or state. A new URL must use TLS and lie outside \
                private networks, even if the old one was allowed not to.
                """,
            scope: .webhooksWrite, idPrefix: "whe",
            body: [
                Field("url", .text(maximum: 2_048)), eventFilters,
                Field("state", .choices(WebhookEndpointState.self)),
            ],
            isChanging: true, names: UpdateWebhookEndpoint.fields, answer: .webhookEndpoint
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await UpdateWebhookEndpoint.run(
                        call.endpoint(), call.endpointChange, in: context)
                })
        },
        Operation(
            name: "rotateWebhookSecret", method: .post,
            path: "/v1/webhook-endpoints/{id}/rotate",
            summary: """
                Makes a new secret, shown only in this answer; the old one keeps signing for \
                overlap_hours.
                """,
            scope: .webhooksWrite, idPrefix: "whe",
            body: [
                Field(
                    "overlap_hours", .integer(0...720),
                    "Hours for which the old secret still signs; 24 if not given.")
            ],
            isCreating: true, isChanging: true, names: RotateWebhookSecret.fields,
            answer: .revealedEndpoint
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await RotateWebhookSecret.run(
                        call.endpoint(),
                        overlapHours: call.body.integer("overlap_hours")
                            ?? RotateWebhookSecret.overlapStandardHours, in: context)
                })
        },
        Operation(
            name: "removeWebhookEndpoint", method: .delete, path: "/v1/webhook-endpoints/{id}",
            summary: """
                Removes an endpoint with its secret and its deliveries; returns the endpoint as it \
                was.
                """,
            scope: .webhooksWrite, idPrefix: "whe", isChanging: true, answer: .webhookEndpoint
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await RemoveWebhookEndpoint.run(call.endpoint(), in: context)
                })
        },
        Operation(
            name: "testWebhookEndpoint", method: .post, path: "/v1/webhook-endpoints/{id}/test",
            summary: "Sends the endpoint one signed test event now, and returns the result.",
            scope: .webhooksWrite, idPrefix: "whe", body: [], answer: .webhookTest
        ) { call in
            .plain(
                try await TestWebhookEndpoint.run(
                    call.endpoint(), through: call.web.sendWebhook, in: call.context
                ).json)
        },
        Operation(
            name: "replayWebhookEndpoint", method: .post,
            path: "/v1/webhook-endpoints/{id}/replay",
            summary: "Sends the endpoint's events of a time range again.",
            scope: .webhooksWrite, idPrefix: "whe",
            body: [
                Field("since", .time, isRequired: true),
                Field("until", .time, "Events before this time; up to now if not given."),
                Field("only_failed", .boolean, "Only deliveries that were given up."),
            ],
            names: ReplayDeliveries.Range.fields, answer: .queued
        ) { call in
            .queued(
                try await ReplayDeliveries.run(
                    .range(
                        .init(
                            endpoint: call.endpoint(),
                            since: Members.needed(call.body.time("since"), "since"),
                            until: call.body.time("until"),
                            onlyFailed: call.body.flag("only_failed"))), in: call.context))
        },
        Operation(
            name: "listWebhookDeliveries", method: .get, path: "/v1/webhook-deliveries",
            summary: """
                All deliveries, sent or waiting, oldest first, each with its last attempt.
                """,
            scope: .webhooksRead,
            query: [
                Field("endpoint", .id("whe"), "Only deliveries to this endpoint."),
                Field("state", .choices(DeliveryState.self)), Field("since", .time),
            ] + pageQuery("dlv"), answer: .webhookDelivery.page
        ) { call in
            try await page(
                call,
                BrowseBook.deliveries(
                    to: call.query.id("endpoint"), state: call.query.choice("state"),
                    since: call.query.time("since"), in: call.context), \.json)
        },
        Operation(
            name: "replayWebhookDelivery", method: .post,
            path: "/v1/webhook-deliveries/{id}/replay",
            summary: "Sends a delivery's event to its endpoint again.", scope: .webhooksWrite,
            idPrefix: "dlv", body: [], answer: .queued
        ) { call in
            .queued(
                try await ReplayDeliveries.run(
                    .delivery(call.id("delivery")), in: call.context))
        },
    ]

    private static let eventFilters = Field(
        "events", .list(.text(maximum: 64)),
        "Event types, like pledge.* or charge.succeeded; all if not given.")
}

extension Call {
    fileprivate func endpoint() throws -> ID<WebhookEndpoint> { try id("endpoint") }

    /// API tokens cannot allow private or plain-HTTP webhook targets; only the command line can. A
    /// changed URL loses both permissions.
    fileprivate var endpointChange: UpdateWebhookEndpoint.Wish {
        let url = body.text("url")
        return UpdateWebhookEndpoint.Wish(
            url: url, events: body.texts("events"), allowsHTTP: url == nil ? nil : false,
            allowsPrivate: url == nil ? nil : false, state: body.choice("state"))
    }
}

extension Reply {
    fileprivate static func queued(_ count: Int) -> Reply {
        .plain(["queued": .integer(Int64(count))])
    }
}

extension Shape {
    private static let endpointFields: [Field] = [
        Field("id", .id("whe"), isRequired: true),
        Field("state", .choices(WebhookEndpointState.self), isRequired: true),
        Field("url", .text(maximum: 2_048), isRequired: true),
        Field("events", .list(.text(maximum: 64)), isRequired: true),
        Field("allow_http", .boolean, isRequired: true),
        Field("allow_private", .boolean, isRequired: true),
        Field("secrets", .integer(1...10), isRequired: true, "How many secrets sign at present."),
        Field("failing_since", .time), Field("created_at", .time, isRequired: true), version,
    ]

    static let webhookEndpoint = Shape(name: "WebhookEndpoint", fields: endpointFields)

    static let revealedEndpoint = Shape(
        name: "RevealedWebhookEndpoint",
        fields: endpointFields + [
            Field("secret", .text(maximum: 128), isRequired: true, "Never shown again.")
        ])

    static let webhookTest = Shape(
        name: "WebhookTest",
        fields: [
            Field("delivered", .boolean, isRequired: true), Field("status", .integer(100...599)),
            Field("error", .text()),
            Field("duration_ms", .integer(0...Int64.max), isRequired: true),
        ])

    static let webhookDelivery = Shape(
        name: "WebhookDelivery",
        fields: [
            Field("id", .id("dlv"), isRequired: true),
            Field("endpoint_id", .id("whe"), isRequired: true),
            Field("event_id", .id("evt"), isRequired: true),
            Field("event", .text(), isRequired: true),
            Field("state", .choices(DeliveryState.self), isRequired: true),
            Field("replay", .boolean, isRequired: true),
            Field("attempts", .integer(0...1_000), isRequired: true),
            Field("status", .integer(100...599)), Field("error", .text()),
            Field("duration_ms", .integer(0...Int64.max)), Field("last_attempt_at", .time),
            Field("next_attempt_at", .time), Field("created_at", .time, isRequired: true),
        ])

    static let queued = Shape(
        name: "Queued", fields: [Field("queued", .integer(0...1_000_000_000), isRequired: true)])
}
