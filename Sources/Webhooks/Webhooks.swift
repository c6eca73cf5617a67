// Webhooks: sends an event's bytes to an endpoint and checks its address. It gets URL, bytes and
// secrets from the caller. It imports MainstayWebhooks, to sign, and Embedded, for the table of
// forbidden addresses. Only it and Payments/HTTP import AsyncHTTPClient. Not allowed here: the
// book, a schedule, a decision about an endpoint.
