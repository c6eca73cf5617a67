import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let webhooks: [Operation] = [
        Operation(
            name: "addWebhookEndpoint", method: .post, path: "/v1/webhook-endpoints",
            summary: """
                A receiver of yours that is told what happens, over TLS, outside your own network. \
                The answer holds its secret, this once.
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
            summary: "All receivers.", scope: .webhooksRead, answer: .webhookEndpoint.page
        ) { call in
            .page(try await BrowseBook.webhookEndpoints(in: call.context).map(\.json), next: nil)
        },
        Operation(
            name: "getWebhookEndpoint", method: .get, path: "/v1/webhook-endpoints/{id}",
            summary: "One receiver.", scope: .webhooksRead, idPrefix: "whe",
            answer: .webhookEndpoint
        ) { call in
            .one(try await BrowseBook.webhookEndpoint(call.endpoint(), in: call.context))
        },
        Operation(
            name: "changeWebhookEndpoint", method: .patch, path: "/v1/webhook-endpoints/{id}",
            summary: """
                Another address, other events, on or off. A new address needs TLS and stands \
                outside your own network, whatever the old one might.
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
            summary: "A new secret, shown this once; the old one signs beside it for a while.",
            scope: .webhooksWrite, idPrefix: "whe",
            body: [
                Field("overlap_hours", .integer(0...720), "24 if not given.")
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
            summary: "It goes, with its secret and its deliveries; the answer is what it was.",
            scope: .webhooksWrite, idPrefix: "whe", isChanging: true, answer: .webhookEndpoint
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await RemoveWebhookEndpoint.run(call.endpoint(), in: context)
                })
        },
        Operation(
            name: "testWebhookEndpoint", method: .post, path: "/v1/webhook-endpoints/{id}/test",
            summary: "Sends it one signed event that means nothing, now, and says what came back.",
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
            summary: "Sends the events of a time again, those that it listens to.",
            scope: .webhooksWrite, idPrefix: "whe",
            body: [
                Field("since", .time, isRequired: true), Field("until", .time, "Before it."),
                Field("only_failed", .boolean, "Only what was given up."),
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
            summary: "What was sent or waits, oldest first, with the last attempt.",
            scope: .webhooksRead,
            query: [
                Field("endpoint", .id("whe"), "Only to this one."),
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
            summary: "Sends that event to that receiver again.", scope: .webhooksWrite,
            idPrefix: "dlv", body: [], answer: .queued
        ) { call in
            .queued(
                try await ReplayDeliveries.run(
                    .delivery(call.id("delivery")), in: call.context))
        },
    ]

    private static let eventFilters = Field(
        "events", .list(.text(maximum: 64)), "Like pledge.* or charge.succeeded; all if absent.")
}

extension Call {
    fileprivate func endpoint() throws -> ID<WebhookEndpoint> { try id("endpoint") }

    /// That an address may stand in the newsroom's own network, or go without TLS, is said on the
    /// machine alone: a token must not open the way into it.
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
        Field("secrets", .integer(1...10), isRequired: true, "How many sign now."),
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
