// MainstayWebhooks: Standard Webhooks 1.0, signed and verified. The one public product: a receiver
// in Swift verifies with it what Mainstay signs with it. It imports OpenSSL alone. Never here: a
// network, a clock, a book.
//
//     let verifier = try WebhookVerifier(secrets: [WebhookSecret("whsec_…")])
//     try verifier.verify(
//         body, id: headers["webhook-id"], timestamp: headers["webhook-timestamp"],
//         signature: headers["webhook-signature"], now: secondsSince1970)
//     // Now, and not before, read the body. An id that was seen before is a repetition.
