/// The facts that outsiders are told of, as `<subject>.<what happened>`.
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

    case reminderScheduled = "reminder.scheduled"
    case reminderQueued = "reminder.queued"
    case reminderSent = "reminder.sent"
    case reminderSkipped = "reminder.skipped"
    case reminderCancelled = "reminder.cancelled"
    case reminderFailed = "reminder.failed"

    case webhookEndpointDisabled = "webhook_endpoint.disabled"

    case bookRedacted = "book.redacted"

    /// What events are, or one day will be, about: the first segment of every type.
    package static let subjects = [
        "supporter", "payment_method", "pledge", "charge", "reminder", "webhook_endpoint", "book",
    ]
}
