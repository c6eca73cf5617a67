import ArgumentParser
import Pledging
import Workflows

struct WebhookCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhook", abstract: "Send signed events to your own servers.",
        subcommands: [
            WebhookEndpointCommand.self, Test.self, Deliveries.self, Replay.self,
        ])

    struct Test: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send an endpoint one signed test event now.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var endpoint: String

        func run(_ session: Session) async throws {
            let id: ID<WebhookEndpoint> = try BrowseBook.id(endpoint, .endpoint)
            let outcome = try await session.sendingWebhooks { send in
                try await TestWebhookEndpoint.run(id, through: send, in: session.context)
            }
            try session.printer.show(outcome.json)
            if let error = outcome.result.error {
                try session.printer.flush()
                throw Finding(code: ExitStatus.failed, line: "not delivered: \(error)")
            }
        }
    }

    struct Deliveries: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                List deliveries, sent or waiting, oldest first, with their last attempt.
                """)
        @ParentCommand var root: Mainstay
        @Option(help: "Only deliveries to this endpoint.") var endpoint: String?
        @Option(help: "waiting, delivered or dead.") var state: DeliveryState?
        @Option(help: "Only since this time.") var since: Instant?

        func run(_ session: Session) async throws {
            let id: ID<WebhookEndpoint>? = try endpoint.map {
                try BrowseBook.id($0, .linkedEndpoint)
            }
            var list = session.printer.list([
                "id", "event", "state", "attempts", "status", "error", "duration_ms",
                "last_attempt_at", "next_attempt_at",
            ])
            try await BrowseBook.deliveries(
                to: id, state: state, since: since, in: session.context
            ).each { delivery in
                try list.add(delivery.json)
            }
            try list.finish()
        }
    }

    struct Replay: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send again: one delivery, or an endpoint's events of a time range.")
        @ParentCommand var root: Mainstay
        @Option(help: "Send this delivery's event to its endpoint again.") var delivery: String?
        @Option(help: "Send events to this endpoint again; needs --since.")
        var endpoint: String?
        @Option(help: "Events from this time on.") var since: Instant?
        @Option(help: "Events before this time.") var until: Instant?
        @Flag(help: "Only deliveries that were given up.") var failed = false

        func validate() throws {
            let isOne = delivery != nil && endpoint == nil && since == nil && until == nil
            let isRange = delivery == nil && endpoint != nil && since != nil
            guard isOne && !failed || isRange else {
                throw ValidationError(
                    "Give --delivery ID, or --endpoint ID and --since TIME.")
            }
        }

        func run(_ session: Session) async throws {
            let wish: ReplayDeliveries.Wish
            if let delivery {
                wish = .delivery(try BrowseBook.id(delivery, .delivery))
            } else {
                wish = .range(
                    .init(
                        endpoint: try BrowseBook.id(endpoint ?? "", .linkedEndpoint),
                        since: since ?? Instant(milliseconds: 0), until: until,
                        onlyFailed: failed))
            }
            let queued = try await ReplayDeliveries.run(wish, in: session.context)
            try session.printer.show(["queued": .integer(Int64(queued))])
            session.printer.remark("'mainstay run webhooks' sends them.")
        }
    }
}

struct WebhookEndpointCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "endpoint",
        abstract: "Webhook endpoints: the URLs that events are sent to.",
        subcommands: [
            Add.self, List.self, Show.self, Update.self, Rotate.self, Enable.self, Disable.self,
            Remove.self,
        ])

    struct Add: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an endpoint; its secret is printed only this once.")
        @ParentCommand var root: Mainstay
        @Option(help: "The URL, like https://example.org/hooks.") var url: String
        @Option(help: "Which events, like pledge.*,charge.succeeded; all if not given.")
        var events: String?
        @Flag(help: "Allow a target in a private network.") var allowPrivate = false
        @Flag(help: "Allow plain HTTP.") var allowHttp = false

        func run(_ session: Session) async throws {
            let added = try await AddWebhookEndpoint.run(
                url: url, events: words(events), allowsHTTP: allowHttp,
                allowsPrivate: allowPrivate, in: session.context)
            try session.printer.show(added.json)
            session.printer.remark(
                "Give the secret to the receiver now: it is never shown again.")
        }
    }

    struct List: BookCommand {
        static let configuration = CommandConfiguration(abstract: "List endpoints.")
        @ParentCommand var root: Mainstay

        func run(_ session: Session) async throws {
            var list = session.printer.list([
                "id", "state", "url", "events", "failing_since", "created_at",
            ])
            for endpoint in try await BrowseBook.webhookEndpoints(in: session.context) {
                try list.add(endpoint.json)
            }
            try list.finish()
        }
    }

    struct Show: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Show one endpoint.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await BrowseBook.webhookEndpoint(endpoint(id), in: session.context).json)
        }
    }

    struct Update: BookCommand {
        static let configuration = CommandConfiguration(abstract: "Change an endpoint.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var id: String
        @Option(help: "The new URL.") var url: String?
        @Option(help: "Which events, like pledge.*,charge.succeeded.") var events: String?
        @Flag(inversion: .prefixedNo, help: "Allow a target in a private network.")
        var allowPrivate: Bool?
        @Flag(inversion: .prefixedNo, help: "Allow plain HTTP.") var allowHttp: Bool?

        func run(_ session: Session) async throws {
            let change = UpdateWebhookEndpoint.Wish(
                url: url, events: events.map { words($0) }, allowsHTTP: allowHttp,
                allowsPrivate: allowPrivate)
            try session.printer.show(
                await UpdateWebhookEndpoint.run(endpoint(id), change, in: session.context).json)
        }
    }

    struct Rotate: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: """
                Make a new secret, printed only this once; the old one keeps signing for \
                --overlap-hours.
                """)
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var id: String
        @Option(help: "Hours for which the old secret still signs.")
        var overlapHours = RotateWebhookSecret.overlapStandardHours

        func run(_ session: Session) async throws {
            let rotated = try await RotateWebhookSecret.run(
                endpoint(id), overlapHours: overlapHours, in: session.context)
            try session.printer.show(rotated.json)
            session.printer.remark(
                "Give the secret to the receiver within \(overlapHours) hour(s): it is never "
                    + "shown again.")
        }
    }

    struct Enable: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enable an endpoint; waiting deliveries are due at once.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await UpdateWebhookEndpoint.run(
                    endpoint(id), .init(state: .enabled), in: session.context
                ).json)
        }
    }

    struct Disable: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Disable an endpoint: send it nothing.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var id: String

        func run(_ session: Session) async throws {
            try session.printer.show(
                await UpdateWebhookEndpoint.run(
                    endpoint(id), .init(state: .disabled), in: session.context
                ).json)
        }
    }

    struct Remove: BookCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove an endpoint with its secret and its deliveries.")
        @ParentCommand var root: Mainstay
        @Argument(help: "The endpoint's id.") var id: String

        func run(_ session: Session) async throws {
            _ = try await RemoveWebhookEndpoint.run(endpoint(id), in: session.context)
            try session.printer.show(["removed": .bool(true)])
        }
    }
}

private func endpoint(_ text: String) throws -> ID<WebhookEndpoint> {
    try BrowseBook.id(text, .endpoint)
}

/// Splits a list at its commas; empty for nil.
private func words(_ text: String?) -> [String] {
    (text ?? "").split(separator: ",").map { word in
        String(word.trimmingPrefix(" "))
    }
}
