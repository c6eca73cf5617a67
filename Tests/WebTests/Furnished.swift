import HTTPTypes
import Pledging
import TestSupport
import Testing
import Workflows

@testable import Web

/// A served book with one of everything.
struct Furnished: Sendable {
    let served: Served
    /// By prefix.
    let ids: [String: String]

    struct Missing: Error {}

    init() async throws {
        served = try await Served()
        let endpoint = try await served.ask(
            .post, "/v1/webhook-endpoints", #"{"url":"https://example.org/hooks"}"#)
        let context = try served.test.context()
        let registered = try await served.ask(.post, "/v1/pledges", Served.pledge())
        let pledge = try #require(try registered.member("id"))
        _ = try await RunBilling.run(through: served.web.processors, in: context)
        // Every job and every list has something to show.
        let pace = RunJobs.Pace(jitter: { _ in 0 }, pause: { _ in false })
        _ = await RunJobs.turn(.mail, { _, _ in ["sent": .integer(1)] }, at: pace, in: context)
        _ = try await SetRiskPolicy.run("FR", .allow, in: context)
        let charges = try await served.ask(.get, "/v1/charges")
        let deliveries = try await served.ask(.get, "/v1/webhook-deliveries")
        let reminder = try await served.ask(
            .post, "/v1/reminders", #"{"supporter":{"email":"rem@example.org"}}"#)
        guard case .array(let rows)? = try charges.json["data"],
            case .string(let charge)? = rows.first?["id"],
            case .array(let sent)? = try deliveries.json["data"],
            case .string(let delivery)? = sent.first?["id"]
        else { throw Missing() }
        ids = [
            "plg": pledge, "sup": try #require(try registered.member("supporter_id")),
            "pmt": try #require(try registered.member("payment_method_id")),
            "chg": charge, "rem": try #require(try reminder.member("id")),
            "whe": try #require(try endpoint.member("id")), "dlv": delivery,
        ]
    }

    /// A request that succeeds.
    func request(_ operation: Operation) -> (path: String, body: String?) {
        let path = operation.path.replacing("{id}", with: ids[operation.idPrefix ?? ""] ?? "")
        let bodies = [
            "registerPledge": Served.pledge(email: "new@example.org"),
            "changePledge": #"{"amount":"4.00"}"#, "pausePledge": #"{"until":"2027-01-01"}"#,
            "cancelPledge": #"{"reason":"other","note":"moved away"}"#,
            "addSupporter": #"{"email":"new@example.org"}"#,
            "updateSupporter": #"{"name":"Anna","country":"DE"}"#,
            "scheduleReminder": #"{"supporter":{"email":"new@example.org"},"in":"week"}"#,
            "refundCharge": #"{"amount":"1.00"}"#,
            "attachPaymentMethod":
                #"{"supporter_id":"\#(ids["sup"] ?? "")","payment_method":{"token":"tok_2"}}"#,
            "replacePaymentMethod": #"{"payment_method":{"token":"tok_2"}}"#,
            "removePaymentMethod": #"{"cancel_pledges":true}"#,
            "setRiskPolicy": #"{"country":"DE","policy":"warn"}"#,
            "addWebhookEndpoint": #"{"url":"https://example.org/more","events":["charge.*"]}"#,
            "changeWebhookEndpoint": #"{"state":"disabled"}"#,
            "replayWebhookEndpoint": #"{"since":"2026-11-22T00:00:00Z"}"#,
            "importBook": "email,name\nimported@example.org,Ida\n",
        ]
        return (path, bodies[operation.name] ?? (operation.body == nil ? nil : "{}"))
    }
}
