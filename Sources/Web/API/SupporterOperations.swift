import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let supporters: [Operation] = [
        Operation(
            name: "addSupporter", method: .post, path: "/v1/supporters",
            summary: """
                Adds a supporter. A known address is refused with 409; the detail names its \
                supporter.
                """,
            scope: .supportersWrite, body: person, isCreating: true, names: AddSupporter.fields,
            answer: .supporter
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await AddSupporter.run(call.body.person, in: context)
                })
        },
        Operation(
            name: "listSupporters", method: .get, path: "/v1/supporters",
            summary: "All supporters, oldest first.", scope: .supportersRead,
            query: pageQuery("sup"),
            answer: .supporter.page
        ) { call in
            try await page(
                call,
                BrowseBook.supporters(in: call.context), \.json)
        },
        Operation(
            name: "getSupporter", method: .get, path: "/v1/supporters/{id}",
            summary: "One supporter, with pledges, payment methods, reminders and charges.",
            scope: .supportersRead, idPrefix: "sup", answer: .supporterRecord
        ) { call in
            let id: ID<Supporter> = try call.id("supporter")
            return .one(try await BrowseBook.supporter(id.text, in: call.context))
        },
        Operation(
            name: "updateSupporter", method: .patch, path: "/v1/supporters/{id}",
            summary: "Changes a supporter's data; an empty text removes a value.",
            scope: .supportersWrite, idPrefix: "sup",
            body: person.map { Field($0.name, $0.kind, $0.summary) }, isChanging: true,
            names: UpdateSupporter.fields, answer: .supporter
        ) { call in
            .one(
                try await call.asked.run(in: call.context) { context in
                    try await UpdateSupporter.run(
                        call.id("supporter"),
                        UpdateSupporter.Changes(
                            email: call.body.text("email"), name: call.body.text("name"),
                            locale: call.body.text("locale"),
                            country: call.body.text("country"),
                            timeZone: call.body.text("time_zone")), in: context)
                })
        },
    ]
}
