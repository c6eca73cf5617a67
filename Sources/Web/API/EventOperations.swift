import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let events: [Operation] = [
        Operation(
            name: "listEvents", method: .get, path: "/v1/events",
            summary: "All events, oldest first.", scope: .eventsRead,
            query: [
                Field("type", .choices(EventType.self)),
                Field("subject", .text(maximum: 30), "Only events of the object with this id."),
                Field("since", .time),
            ] + pageQuery("evt"), answer: .event.page
        ) { call in
            try await page(
                call,
                BrowseBook.events(
                    type: call.query.choice("type"), subjectID: call.query.text("subject"),
                    since: call.query.time("since"), in: call.context), \.json)
        }
    ]
}
