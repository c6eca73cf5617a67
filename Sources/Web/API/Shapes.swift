import Pledging
import Workflows

/// What answers hold, member by member.
extension Shape {
    static let supporter = Shape(name: "Supporter", fields: supporterFields)

    static let supporterFields: [Field] = [
        Field("id", .id("sup"), isRequired: true),
        Field("email", .text(maximum: 320), "Absent once the supporter is forgotten."),
        Field("name", .text(maximum: 300)), Field("locale", .text(maximum: 35)),
        Field("country", .text(maximum: 2)), Field("time_zone", .text(maximum: 64)),
        Field(
            "confirmed_at", .time,
            "When a confirmation link in a mail to that address was followed."),
        Field("erased_at", .time), Field("created_at", .time, isRequired: true), version,
    ]

    static let supporterRecord = Shape(
        name: "SupporterRecord",
        fields: supporterFields + [
            Field("pledges", .list(.object(pledge.fields)), isRequired: true),
            Field("payment_methods", .list(.object(paymentMethod.fields)), isRequired: true),
            Field("reminders", .list(.object(reminder.fields)), isRequired: true),
            Field("charges", .list(.object(charge.fields)), isRequired: true),
        ])

    static let pledge = Shape(
        name: "Pledge",
        fields: [
            Field("id", .id("plg"), isRequired: true),
            Field("supporter_id", .id("sup"), isRequired: true),
            Field("state", .choices(PledgeState.self), isRequired: true),
            .amount(isRequired: true, "What the reader gives in each interval."),
            Field("interval", .choices(Interval.self), isRequired: true),
            Field(
                "collect_every", .integer(1...12), isRequired: true,
                "Periods that one charge pays for."),
            .amount("each_charge", isRequired: true, "What one charge takes."),
            Field("receipts", .choices(Pledge.Receipts.self), isRequired: true),
            Field("started_on", .date, isRequired: true), Field("next_charge_on", .date),
            Field("next_period", .integer(1...1_000_000), isRequired: true),
            Field("paused_until", .date), Field("payment_method_id", .id("pmt")),
            Field("charges_succeeded", .integer(0...1_000_000), isRequired: true),
            .amount("total_given", isRequired: true, "After refunds."),
            Field("last_charge_on", .date),
            Field("cancel_reason", .choices(Cancellation.Reason.self)),
            Field("cancelled_by", .choices(Cancellation.Party.self)),
            Field("cancel_note", .text(maximum: 2_000)), Field("predecessor_id", .id("plg")),
            Field("source", .text()), Field("created_at", .time, isRequired: true),
            Field("ended_at", .time), version,
        ])

    static let paymentMethod = Shape(
        name: "PaymentMethod",
        fields: [
            Field("id", .id("pmt"), isRequired: true),
            Field("supporter_id", .id("sup"), isRequired: true),
            Field("state", .choices(PaymentMethodState.self), isRequired: true),
            Field("kind", .choices(PaymentMethod.Kind.self), isRequired: true),
            Field("processor", .text(), isRequired: true), Field("brand", .text()),
            Field("last4", .text(maximum: 4)), Field("expires", .text(maximum: 7)),
            Field("issuing_country", .text(maximum: 2)), Field("replaced_by", .id("pmt")),
            Field("created_at", .time, isRequired: true), version,
        ])

    static let reminder = Shape(
        name: "Reminder",
        fields: [
            Field("id", .id("rem"), isRequired: true),
            Field("supporter_id", .id("sup"), isRequired: true),
            Field("kind", .choices(Reminder.Kind.self), isRequired: true),
            Field("state", .choices(ReminderState.self), isRequired: true),
            Field("reason", .text()), Field("due_at", .time, isRequired: true),
            Field("due_on", .date, isRequired: true), Field("every_months", .integer(1...12)),
            Field("occurrence", .integer(1...1_000), isRequired: true),
            Field("confirmed_at", .time), Field("subject_id", .text(), isRequired: true),
            Field("created_at", .time, isRequired: true), version,
        ])

    static let charge = Shape(name: "Charge", fields: chargeFields)

    static let chargeFields: [Field] = [
        Field("id", .id("chg"), isRequired: true),
        Field("pledge_id", .id("plg"), isRequired: true),
        Field("supporter_id", .id("sup"), isRequired: true),
        Field("state", .choices(ChargeState.self), isRequired: true), Field("reason", .text()),
        .amount(isRequired: true), .amount("refunded", "The refunded amount, if any."),
        Field(
            "period", .integer(1...1_000_000), isRequired: true,
            "The first period that it pays for."),
        Field("periods", .integer(1...12), isRequired: true),
        Field("due_on", .date, isRequired: true),
        Field("attempts", .integer(0...1_000), isRequired: true),
        Field("first_attempt_on", .date), Field("next_step_at", .time), Field("paid_at", .time),
        Field("processor", .text()), Field("remote_id", .text()),
        Field("fee", .text(), "The processor's fee, in settlement_currency."),
        Field("net", .text()),
        Field("settlement_currency", .text(maximum: 3)), Field("payout_id", .text()),
        Field("note", .text(maximum: 2_000)),
        Field("created_at", .time, isRequired: true), version,
    ]

    static let chargeRecord = Shape(
        name: "ChargeRecord",
        fields: chargeFields + [
            Field(
                "tries", .list(.any), isRequired: true, "The attempts: calls to the processor."),
            Field("refunds", .list(.object(refund.fields)), isRequired: true),
            Field("disputes", .list(.any), isRequired: true),
            Field(
                "extra_payments", .list(.any), isRequired: true,
                "Payments beside the one that the charge counts."),
        ])

    static let refund = Shape(
        name: "Refund",
        fields: [
            Field("id", .text(), isRequired: true),
            Field("charge_id", .id("chg"), isRequired: true),
            Field("extra_payment_id", .id("xpy")),
            Field("number", .integer(1...1_000), isRequired: true),
            Field("state", .choices(Refund.State.self), isRequired: true),
            .amount(isRequired: true), Field("reason", .text()), Field("remote_id", .text()),
            Field("created_at", .time, isRequired: true),
        ])

    static let event = Shape(
        name: "Event",
        fields: [
            Field("id", .id("evt"), isRequired: true), Field("at", .time, isRequired: true),
            Field("type", .text(), isRequired: true),
            Field("subject_id", .text(), isRequired: true),
            Field("sequence", .integer(1...Int64.max), isRequired: true),
            Field("actor", .text(), isRequired: true), Field("by", .text()),
            Field("body", .any, isRequired: true, "The body that webhooks get."),
        ])

    static let version = Field(
        "version", .integer(1...Int64.max), isRequired: true,
        "Increases with each change; sent in quotes as If-Match.")
}
