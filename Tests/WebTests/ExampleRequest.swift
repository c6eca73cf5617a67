import HTTPTypes

/// A request of one operation that succeeds in a furnished book. In its texts `{sup}` stands for
/// the id of the supporter in the book, `{plg}` for that of the pledge, and so on.
struct ExampleRequest: Sendable {
    /// Nil means an empty object, for an operation that takes a body.
    var body: String?
    /// Other content that succeeds as well, for an operation that takes an Idempotency-Key.
    var other: String?
    /// A request to send before it.
    var before: (method: HTTPRequest.Method, path: String, body: String)?

    /// By the names of the operations. An operation that is not here needs no more than its path;
    /// whatever creates or changes something must be here.
    static let all: [String: ExampleRequest] = [
        "registerPledge": ExampleRequest(
            body: Served.pledge(email: "new@example.org"),
            other: Served.pledge(email: "other@example.org")),
        "changePledge": ExampleRequest(body: #"{"amount":"4.00"}"#),
        "pausePledge": ExampleRequest(body: #"{"until":"2027-01-01"}"#),
        "resumePledge": ExampleRequest(
            before: (.post, "/v1/pledges/{plg}/pause", #"{"until":"2027-01-01"}"#)),
        "cancelPledge": ExampleRequest(body: #"{"reason":"other","note":"moved away"}"#),
        "addSupporter": ExampleRequest(
            body: #"{"email":"new@example.org"}"#, other: #"{"email":"other@example.org"}"#),
        "updateSupporter": ExampleRequest(body: #"{"name":"Anna","country":"DE"}"#),
        "attachPaymentMethod": ExampleRequest(
            body: #"{"supporter_id":"{sup}","payment_method":{"token":"tok_2"}}"#,
            other: #"{"supporter_id":"{sup}","payment_method":{"token":"tok_3"}}"#),
        "replacePaymentMethod": ExampleRequest(
            body: #"{"payment_method":{"token":"tok_2"}}"#,
            other: #"{"payment_method":{"token":"tok_3"}}"#),
        "removePaymentMethod": ExampleRequest(body: #"{"cancel_pledges":true}"#),
        "scheduleReminder": ExampleRequest(
            body: #"{"supporter":{"email":"new@example.org"},"in":"week"}"#,
            other: #"{"supporter":{"email":"new@example.org"},"in":"month"}"#),
        "cancelReminder": ExampleRequest(), "resolveAttention": ExampleRequest(),
        "refundCharge": ExampleRequest(
            body: #"{"amount":"1.00"}"#, other: #"{"amount":"2.00"}"#),
        "setRiskPolicy": ExampleRequest(body: #"{"country":"DE","policy":"warn"}"#),
        "addWebhookEndpoint": ExampleRequest(
            body: #"{"url":"https://example.org/more","events":["charge.*"]}"#,
            other: #"{"url":"https://example.org/more"}"#),
        "changeWebhookEndpoint": ExampleRequest(body: #"{"state":"disabled"}"#),
        "rotateWebhookSecret": ExampleRequest(body: "{}", other: #"{"overlap_hours":1}"#),
        "removeWebhookEndpoint": ExampleRequest(),
        "replayWebhookEndpoint": ExampleRequest(body: #"{"since":"2026-11-22T00:00:00Z"}"#),
        "importBook": ExampleRequest(body: "email,name\nimported@example.org,Ida\n"),
    ]
}
