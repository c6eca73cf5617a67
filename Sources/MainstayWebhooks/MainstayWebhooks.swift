// MainstayWebhooks: signs and verifies Standard Webhooks 1.0. It is the one public product:
// Mainstay signs with it, and a receiver in Swift verifies with it. It imports only OpenSSL. Not
// allowed here: a network, a clock, the book.
//
//     let verifier = try WebhookVerifier(secrets: [WebhookSecret("whsec_…")])
//     try verifier.verify(
//         body, id: headers["webhook-id"], timestamp: headers["webhook-timestamp"],
//         signature: headers["webhook-signature"], now: secondsSince1970)
//     // Read the body only now. An id that was seen before is a repetition.
