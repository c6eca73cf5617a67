import HTTPTypes
import Pledging
import Workflows

extension OperationTable {
    static let risk: [Operation] = [
        Operation(
            name: "listRiskPolicies", method: .get, path: "/v1/risk-policies",
            summary: "What is taken from which country; * is every other one.",
            scope: .riskRead, answer: .riskPolicy.page
        ) { call in
            .page(try await BrowseBook.riskPolicies(in: call.context).map(\.json), next: nil)
        },
        Operation(
            name: "setRiskPolicy", method: .put, path: "/v1/risk-policies",
            summary: "Decides what is taken from a country, by every door, from now on.",
            scope: .riskWrite,
            body: [
                Field("country", .text(maximum: 2), isRequired: true, "Like DE; * for the rest."),
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
