import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let pledges: [Operation] = [
        Operation(
            name: "registerPledge", method: .post, path: "/v1/pledges",
            summary: "Registers a pledge, and its supporter if new.", scope: .pledgesWrite,
            body: [
                Field("supporter", .object(person), isRequired: true),
                .amount(isRequired: true, "What the reader gives in each interval."),
                Field("interval", .choices(Interval.self), isRequired: true),
                Field(
                    "collect_every", .integer(1...12),
                    "Months that one charge pays for: 1, 3, 6 or 12."),
                Field("payment_method", .object(paymentMethod)),
                Field("starts_on", .date, "The day of the first charge; today if not given."),
                Field("source", .text(maximum: 200), "A label of the page or campaign."),
                Field(
                    "is_second", .boolean,
                    "Accept a second similar pledge within a day: it is no repetition by mistake."),
                Field(
                    "connection_country", .text(maximum: 8),
                    """
                    The country of the reader's connection, if the page knows it; not stored.
                    """),
                Field(
                    "confirms_risk", .boolean,
                    "The reader has read the warning about what a bank sees, and goes on."),
            ],
            isCreating: true, names: RegisterPledge.fields, answer: .pledge
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    var request = request(call.body)
                    request.method = try await request.method?.previewed(
                        through: call.processors, in: context)
                    return try await RegisterPledge.run(request, in: context)
                })
        },
        Operation(
            name: "listPledges", method: .get, path: "/v1/pledges",
            summary: "All pledges, oldest first.", scope: .pledgesRead,
            query: [Field("state", .choices(PledgeState.self))] + pageQuery("plg"),
            answer: .pledge.page
        ) { call in
            try await page(
                call,
                BrowseBook.pledges(
                    state: call.query.choice("state"), in: call.context), \.json)
        },
        Operation(
            name: "getPledge", method: .get, path: "/v1/pledges/{id}", summary: "One pledge.",
            scope: .pledgesRead, idPrefix: "plg", answer: .pledge
        ) { call in
            .one(try await BrowseBook.pledge(call.id("pledge"), in: call.context))
        },
        Operation(
            name: "changePledge", method: .patch, path: "/v1/pledges/{id}",
            summary: """
                Changes a pledge from its next charge on. A higher amount is refused: it needs the \
                reader's own consent.
                """,
            scope: .pledgesWrite, idPrefix: "plg",
            body: [
                Field("amount", .text(maximum: 20), "In the pledge's own currency."),
                Field("collect_every", .integer(1...12)),
                Field("receipts", .choices(Pledge.Receipts.self)),
            ],
            isChanging: true, names: ChangePledge.fields, answer: .pledge
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await ChangePledge.run(
                        call.id("pledge"),
                        .init(
                            amount: call.body.text("amount"),
                            collectEvery: call.body.integer("collect_every"),
                            receipts: call.body.choice("receipts")), in: context)
                })
        },
        Operation(
            name: "pausePledge", method: .post, path: "/v1/pledges/{id}/pause",
            summary: "Pauses a pledge: nothing is collected until that day.",
            scope: .pledgesWrite, idPrefix: "plg",
            body: [Field("until", .date, isRequired: true)], isChanging: true,
            names: PausePledge.fields, answer: .pledge
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await PausePledge.run(
                        call.id("pledge"),
                        until: Members.needed(call.body.date("until"), "until"), in: context)
                })
        },
        Operation(
            name: "resumePledge", method: .post, path: "/v1/pledges/{id}/resume",
            summary: "Ends a pledge's pause now.", scope: .pledgesWrite, idPrefix: "plg", body: [],
            isChanging: true, answer: .pledge
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await ResumePledge.run(call.id("pledge"), in: context)
                })
        },
        Operation(
            name: "cancelPledge", method: .post, path: "/v1/pledges/{id}/cancel",
            summary: "Cancels a pledge for good.", scope: .pledgesWrite, idPrefix: "plg",
            body: [
                Field("reason", .choices(Cancellation.Reason.self), isRequired: true),
                Field(
                    "by", .choices(Cancellation.Party.self), "Who cancels; staff if not given."),
                Field(
                    "note", .text(maximum: 2_000),
                    "The reader's own words, only with the reason 'other'."),
            ],
            isChanging: true, names: CancelPledge.fields, answer: .pledge
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await CancelPledge.run(
                        call.id("pledge"),
                        Cancellation(
                            reason: Members.needed(call.body.choice("reason"), "reason"),
                            by: call.body.choice("by") ?? .staff,
                            note: call.body.text("note")), in: context)
                })
        },
    ]

    /// A payment method as the processor's own page or field gave it to the newsroom's page: a
    /// token, never a card number.
    static let paymentMethod: [Field] = [
        Field("token", .text(), isRequired: true, "The processor's token; never a card number."),
        Field(
            "kind", .choices(PaymentMethod.Kind.self), "\(MethodInput.kindStandard) if not given."),
        Field("processor", .text(maximum: 32), "\(MethodInput.processorStandard) if not given."),
        Field("customer", .text()), Field("mandate", .text()),
        Field("brand", .text(maximum: 64)), Field("last4", .text(maximum: 4)),
        Field("expires", .text(maximum: 7), "A month, like 2028-04."),
        Field("issuing_country", .text(maximum: 8)),
    ]

    private static func request(_ body: Members) -> RegisterPledge.Request {
        let amount = body.members("amount")
        return RegisterPledge.Request(
            person: (body.members("supporter") ?? Members()).person,
            amount: amount?.text("amount") ?? "", currency: amount?.text("currency") ?? "",
            interval: body.choice("interval") ?? .month,
            method: body.members("payment_method").map(\.method),
            collectEvery: body.integer("collect_every") ?? 1, startsOn: body.date("starts_on"),
            source: body.text("source"), isSecond: body.flag("is_second"),
            connectionCountry: body.text("connection_country"),
            confirmsRisk: body.flag("confirms_risk"))
    }
}

extension Members {
    /// The members of `OperationTable.paymentMethod`.
    var method: MethodInput {
        MethodInput(
            kind: text("kind"), processor: text("processor"), token: text("token") ?? "",
            customer: text("customer"), mandate: text("mandate"),
            brand: text("brand"), last4: text("last4"), expires: text("expires"),
            issuingCountry: text("issuing_country"))
    }
}
