import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let charges: [Operation] = [
        Operation(
            name: "listCharges", method: .get, path: "/v1/charges",
            summary: "All charges, oldest first.", scope: .chargesRead,
            query: [
                Field("state", .choices(ChargeState.self)),
                Field("pledge", .id("plg"), "Only charges of this pledge."),
            ] + pageQuery("chg"), answer: .charge.page
        ) { call in
            try await page(
                call,
                BrowseBook.charges(
                    state: call.query.choice("state"), pledge: call.query.id("pledge"),
                    in: call.context), \.json)
        },
        Operation(
            name: "getCharge", method: .get, path: "/v1/charges/{id}",
            summary: "One charge, with its attempts, refunds, disputes and extra payments.",
            scope: .chargesRead, idPrefix: "chg", answer: .chargeRecord
        ) { call in
            .one(try await BrowseBook.charge(call.id("charge"), in: call.context))
        },
        Operation(
            name: "refundCharge", method: .post, path: "/v1/charges/{id}/refunds",
            summary: """
                Refunds a payment of a charge, in full or in part. Returns the refund as \
                requested; its result is shown with the charge.
                """,
            scope: .chargesWrite, idPrefix: "chg",
            body: [
                Field(
                    "amount", .text(maximum: 20),
                    "A decimal in the charge's currency; all that is left if not given."),
                Field(
                    "payment", .text(maximum: 255),
                    "An extra payment, by its id here or at the processor; the charge's own if not "
                        + "given."),
                Field(
                    "despite_dispute", .boolean,
                    "Refund although a dispute of the charge is open, in which its bank may take "
                        + "the money back as well."),
            ],
            isCreating: true, isChanging: true, names: RefundCharge.fields, answer: .refund
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await RefundCharge.run(
                        call.id("charge"), amount: call.body.text("amount"),
                        payment: call.body.text("payment"),
                        despiteDispute: call.body.flag("despite_dispute"), through: call.processors,
                        in: context)
                })
        },
    ]
}
