/// The types of events, as `<subject>.<what happened>`.
package enum EventType: String, CaseIterable, Sendable {
    case supporterCreated = "supporter.created"
    case supporterUpdated = "supporter.updated"
    case supporterErased = "supporter.erased"

    case paymentMethodAttached = "payment_method.attached"
    case paymentMethodReplaced = "payment_method.replaced"
    case paymentMethodExpiring = "payment_method.expiring"
    case paymentMethodExpired = "payment_method.expired"
    case paymentMethodDead = "payment_method.dead"
    case paymentMethodRemoved = "payment_method.removed"

    case pledgeRegistered = "pledge.registered"
    case pledgeActivated = "pledge.activated"
    case pledgeChanged = "pledge.changed"
    case pledgePastDue = "pledge.past_due"
    case pledgePaused = "pledge.paused"
    case pledgeResumed = "pledge.resumed"
    case pledgeCompleted = "pledge.completed"
    case pledgeCancelled = "pledge.cancelled"
    case pledgeLapsed = "pledge.lapsed"
    case pledgeAbandoned = "pledge.abandoned"
    case pledgeRevived = "pledge.revived"

    case chargeSubmitted = "charge.submitted"
    case chargePending = "charge.pending"
    case chargeSucceeded = "charge.succeeded"
    case chargeDeclined = "charge.declined"
    case chargeActionRequired = "charge.action_required"
    case chargeUnknown = "charge.unknown"
    case chargeHeld = "charge.held"
    case chargeSkipped = "charge.skipped"
    case chargeCancelled = "charge.cancelled"
    case chargeResolved = "charge.resolved"
    case chargeRefunded = "charge.refunded"
    case chargeDisputed = "charge.disputed"
    case chargeDisputeClosed = "charge.dispute_closed"
    case chargeExtraPayment = "charge.extra_payment"

    case reminderScheduled = "reminder.scheduled"
    case reminderQueued = "reminder.queued"
    case reminderSent = "reminder.sent"
    case reminderSkipped = "reminder.skipped"
    case reminderCancelled = "reminder.cancelled"
    case reminderFailed = "reminder.failed"

    case webhookEndpointDisabled = "webhook_endpoint.disabled"

    case attentionRaised = "attention.raised"
    case attentionResolved = "attention.resolved"

    case bookRedacted = "book.redacted"

    /// What events are about: the first segment of every type.
    package static let subjects = [
        "supporter", "payment_method", "pledge", "charge", "reminder", "webhook_endpoint",
        "attention",
        "book",
    ]
}
