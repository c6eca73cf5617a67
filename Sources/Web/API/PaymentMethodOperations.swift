import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let paymentMethods: [Operation] = [
        Operation(
            name: "attachPaymentMethod", method: .post, path: "/v1/payment-methods",
            summary: "Adds a payment method to a supporter, optionally for one of their pledges.",
            scope: .paymentMethodsWrite,
            body: [
                Field("supporter_id", .id("sup"), isRequired: true),
                Field(
                    "pledge_id", .id("plg"),
                    "The pledge that it pays from now on; none if not given."),
                Field("payment_method", .object(paymentMethod), isRequired: true),
            ],
            isCreating: true, names: AttachPaymentMethod.fields, answer: .paymentMethod
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await AttachPaymentMethod.run(
                        call.method(in: context),
                        to: Members.needed(call.body.id("supporter_id"), "supporter_id"),
                        paying: call.body.id("pledge_id"), in: context)
                })
        },
        Operation(
            name: "listPaymentMethods", method: .get, path: "/v1/payment-methods",
            summary: "All payment methods, oldest first, without their tokens.",
            scope: .paymentMethodsRead, query: pageQuery("pmt"), answer: .paymentMethod.page
        ) { call in
            try await page(
                call,
                BrowseBook.paymentMethods(in: call.context), \.json)
        },
        Operation(
            name: "getPaymentMethod", method: .get, path: "/v1/payment-methods/{id}",
            summary: "One payment method.", scope: .paymentMethodsRead, idPrefix: "pmt",
            answer: .paymentMethod
        ) { call in
            .one(try await BrowseBook.paymentMethod(call.id("payment method"), in: call.context))
        },
        Operation(
            name: "replacePaymentMethod", method: .post, path: "/v1/payment-methods/{id}/replace",
            summary: """
                Replaces a payment method for every live pledge that it pays; failed charges are \
                tried again with the new one.
                """,
            scope: .paymentMethodsWrite, idPrefix: "pmt",
            body: [Field("payment_method", .object(paymentMethod), isRequired: true)],
            isCreating: true, isChanging: true, names: ReplacePaymentMethod.fields,
            answer: .paymentMethod
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await ReplacePaymentMethod.run(
                        call.id("payment method"), with: call.method(in: context), in: context)
                })
        },
        Operation(
            name: "removePaymentMethod", method: .post, path: "/v1/payment-methods/{id}/remove",
            summary: """
                Removes a payment method and its token. Pledges that it pays end only with \
                cancel_pledges.
                """,
            scope: .paymentMethodsWrite, idPrefix: "pmt",
            body: [
                Field("cancel_pledges", .boolean, "End the pledges that it pays."),
                Field(
                    "by", .choices(Cancellation.Party.self),
                    "Who removes it; staff if not given."),
            ],
            isChanging: true, answer: .paymentMethod
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await RemovePaymentMethod.run(
                        call.id("payment method"),
                        cancellingPledges: call.body.flag("cancel_pledges"),
                        by: call.body.choice("by") ?? .staff, in: context)
                })
        },
    ]
}

extension Call {
    /// Returns the body's payment method, with what its processor knows about it.
    fileprivate func method(in context: Context) async throws -> MethodInput {
        try await (body.members("payment_method") ?? Members()).method.previewed(
            through: processors, in: context)
    }
}
