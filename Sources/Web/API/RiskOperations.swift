import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let risk: [Operation] = [
        Operation(
            name: "listRiskPolicies", method: .get, path: "/v1/risk-policies",
            summary: """
                The risk policy of each country; * stands for all countries without one.
                """,
            scope: .riskRead, answer: .riskPolicy.page
        ) { call in
            .page(try await BrowseBook.riskPolicies(in: call.context).map(\.json), next: nil)
        },
        Operation(
            name: "setRiskPolicy", method: .put, path: "/v1/risk-policies",
            summary: """
                Sets the risk policy of a country from now on, for requests made in any way.
                """,
            scope: .riskWrite,
            body: [
                Field(
                    "country", .text(maximum: 2), isRequired: true,
                    "A country, like DE; * for all without a policy of their own."),
                Field("policy", .choices(RiskPolicy.self), isRequired: true),
            ],
            names: SetRiskPolicy.fields, answer: .riskPolicy
        ) { call in
            .one(
                try await SetRiskPolicy.run(
                    call.body.text("country") ?? "",
                    Members.needed(call.body.choice("policy"), "policy"), in: call.context))
        },
    ]
}

extension Shape {
    static let riskPolicy = Shape(
        name: "RiskPolicy",
        fields: [
            Field("country", .text(maximum: 2), isRequired: true),
            Field("policy", .choices(RiskPolicy.self), isRequired: true),
            Field("refuse_from", .date), Field("updated_at", .time, isRequired: true),
        ])
}
