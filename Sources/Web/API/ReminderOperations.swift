import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let reminders: [Operation] = [
        Operation(
            name: "scheduleReminder", method: .post, path: "/v1/reminders",
            summary: """
                Schedules a reminder for a reader who is not ready to give: next month, if in, on \
                and every_months are all absent.
                """,
            scope: .remindersWrite,
            body: [
                Field("supporter", .object(person), isRequired: true),
                Field(
                    "in", .choice(ReminderDelay.allCases.map(\.rawValue)),
                    "Give at most one of in, on and every_months."),
                Field("on", .date, "Up to 13 months ahead."),
                Field(
                    "every_months", .integer(1...12), "Recurring, every 1, 3, 6 or 12 months."),
                Field("page", .text(maximum: 64), "A label of the page it came through."),
                Field(
                    "wording", .text(maximum: 128),
                    "A label of the text that the reader agreed to."),
                Field(
                    "connection_country", .text(maximum: 8),
                    "The country of the reader's connection; not stored."),
            ],
            isCreating: true, names: ScheduleReminder.fields, answer: .reminder
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await ScheduleReminder.run(
                        ScheduleReminder.Request(
                            person: (call.body.members("supporter") ?? Members()).person,
                            choice: choice(call.body), door: call.body.text("page") ?? "api",
                            wording: call.body.text("wording") ?? "-",
                            connectionCountry: call.body.text("connection_country")), in: context)
                })
        },
        Operation(
            name: "listReminders", method: .get, path: "/v1/reminders",
            summary: "All reminders, oldest first.", scope: .remindersRead,
            query: [
                Field("state", .choices(ReminderState.self)), Field("due_before", .time),
            ] + pageQuery("rem"), answer: .reminder.page
        ) { call in
            try await page(
                call,
                BrowseBook.reminders(
                    state: call.query.choice("state"), dueBefore: call.query.time("due_before"),
                    in: call.context), \.json)
        },
        Operation(
            name: "getReminder", method: .get, path: "/v1/reminders/{id}",
            summary: "One reminder.", scope: .remindersRead, idPrefix: "rem", answer: .reminder
        ) { call in
            .one(try await BrowseBook.reminder(call.id("reminder"), in: call.context))
        },
        Operation(
            name: "cancelReminder", method: .post, path: "/v1/reminders/{id}/cancel",
            summary: "Cancels a reminder: it is not sent.", scope: .remindersWrite,
            idPrefix: "rem", body: [],
            isChanging: true, answer: .reminder
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await CancelReminder.run(call.id("reminder"), in: context)
                })
        },
    ]

    private static func choice(_ body: Members) throws(Problem) -> ReminderChoice {
        let delay: ReminderDelay? = body.choice("in")
        let choices: [ReminderChoice] = [
            delay?.choice, body.date("on").map { .on($0) },
            body.integer("every_months").map { .every(months: $0) },
        ].compactMap(\.self)
        guard choices.count <= 1 else {
            throw Problem(.invalid, field: .remindIn, "give one of in, on and every_months")
        }
        return choices.first ?? .nextMonth
    }
}
