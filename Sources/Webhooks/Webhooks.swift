// Webhooks: sends an event's bytes to an endpoint, and guards where they go. It is handed URL,
// bytes and secrets; it imports MainstayWebhooks, to sign, and Embedded, for the table of forbidden
// addresses, and is beside Payments/HTTP the only importer of AsyncHTTPClient.
// Never here: the book, a schedule, a decision about an endpoint.
