package import Pledging
package import Store

// How each entity is shown: the same members on the command line and over HTTP.

extension Pledge {
    package var json: JSON {
        .members([
            "id": .string(id.text), "supporter_id": .string(supporterID.text),
            "state": .string(state.rawValue), "amount": amount.json,
            "interval": .string(interval.rawValue),
            "collect_every": .integer(Int64(collectEvery)), "each_charge": chargeAmount.json,
            "receipts": .string(receipts.rawValue),
            "started_on": .string(startedOn.description),
            "next_charge_on": nextChargeOn.map { .string($0.description) },
            "next_period": .integer(Int64(nextPeriod)),
            "paused_until": pausedUntil.map { .string($0.description) },
            "payment_method_id": paymentMethodID.map { .string($0.text) },
            "charges_succeeded": .integer(Int64(chargesSucceeded)),
            "total_given": totalGiven.json,
            "last_charge_on": lastChargedOn.map { .string($0.description) },
            "cancel_reason": cancellation.map { .string($0.reason.rawValue) },
            "cancelled_by": cancellation.map { .string($0.by.rawValue) },
            "cancel_note": cancellation?.note.map { .string($0) },
            "predecessor_id": predecessorID.map { .string($0.text) },
            "source": source.map { .string($0) }, "created_at": .string(createdAt.rfc3339),
            "ended_at": endedAt.map { .string($0.rfc3339) }, "version": .integer(version),
        ])
    }
}

extension Supporter {
    package var json: JSON {
        .members([
            "id": .string(id.text), "email": contact.map { .string($0.email.typed) },
            "name": contact?.name.map { .string($0) },
            "locale": contact?.locale.map { .string($0) },
            "country": contact?.country.map { .string($0) },
            "time_zone": contact?.timeZone.map { .string($0) },
            "confirmed_at": confirmedAt.map { .string($0.rfc3339) },
            "erased_at": erasedAt.map { .string($0.rfc3339) },
            "created_at": .string(createdAt.rfc3339), "version": .integer(version),
        ])
    }
}

extension PaymentMethod {
    package var json: JSON {
        .members([
            "id": .string(id.text), "supporter_id": .string(supporterID.text),
            "state": .string(state.rawValue), "kind": .string(kind.rawValue),
            "processor": .string(processor), "brand": secret?.brand.map { .string($0) },
            "last4": secret?.last4.map { .string($0) },
            "expires": expires.map { .string($0.description) },
            "issuing_country": secret?.issuingCountry.map { .string($0) },
            "replaced_by": replacedByID.map { .string($0.text) },
            "created_at": .string(createdAt.rfc3339), "version": .integer(version),
        ])
    }
}

extension Charge {
    package var json: JSON {
        .members([
            "id": .string(id.text), "pledge_id": .string(pledgeID.text),
            "supporter_id": .string(supporterID.text), "state": .string(state.rawValue),
            "reason": reason.map { .string($0) }, "amount": amount.json,
            "refunded": refundedMinor == 0
                ? nil : Money(minorUnits: refundedMinor, currency: amount.currency).json,
            "period": .integer(Int64(firstPeriod)), "periods": .integer(Int64(periodCount)),
            "due_on": .string(dueOn.description), "attempts": .integer(Int64(attempts)),
            "first_attempt_on": firstAttemptOn.map { .string($0.description) },
            "next_step_at": nextStepAt.map { .string($0.rfc3339) },
            "paid_at": paidAt.map { .string($0.rfc3339) },
            "processor": processor.map { .string($0) },
            "remote_id": remoteID.map { .string($0) },
            "fee": settlement.map { .string($0.text($0.feeMinor)) },
            "net": settlement.map { .string($0.text($0.netMinor)) },
            "settlement_currency": settlement.map { .string($0.currency) },
            "payout_id": settlement?.payoutID.map { .string($0) },
            "note": note.map { .string($0) }, "created_at": .string(createdAt.rfc3339),
            "version": .integer(version),
        ])
    }
}

extension Attention {
    package var json: JSON {
        .members([
            "id": .string(id.text), "kind": .string(kind.rawValue), "subject": .string(subject),
            "detail": detail.map { .string($0) }, "what": .string(kind.what),
            "cure": .string(cure), "first_seen_at": .string(firstSeenAt.rfc3339),
            "last_seen_at": .string(lastSeenAt.rfc3339), "times_seen": .integer(Int64(timesSeen)),
            "resolved_at": resolution.map { .string($0.at.rfc3339) },
            "resolved_by": resolution.map { .string($0.by) }, "version": .integer(version),
        ])
    }
}

extension Settlement {
    /// Returns minor units as a decimal of the settlement's currency.
    package func text(_ minorUnits: Int64) -> String {
        Money.decimal(minorUnits, exponent: Currency.exponent(of: currency))
    }
}

extension ChargeAttempt {
    package var json: JSON {
        .members([
            "number": .integer(Int64(number)), "state": .string(state.rawValue),
            "code": code.map { .string($0) }, "payment_method_id": .string(paymentMethodID.text),
            "processor": .string(processor), "remote_id": remoteID.map { .string($0) },
            "started_at": .string(startedAt.rfc3339), "questions": .integer(Int64(questions)),
        ])
    }
}

extension Refund {
    package var json: JSON {
        .members([
            "id": .string(id.text), "charge_id": .string(chargeID.text),
            "extra_payment_id": extraPaymentID.map { .string($0.text) },
            "number": .integer(Int64(number)), "state": .string(state.rawValue),
            "amount": amount.json, "reason": reason.map { .string($0) },
            "remote_id": remoteID.map { .string($0) },
            "created_at": .string(createdAt.rfc3339),
        ])
    }
}

extension ExtraPayment {
    package var json: JSON {
        .members([
            "id": .string(id.text), "charge_id": .string(chargeID.text),
            "attempt": .integer(Int64(attempt)), "amount": amount.json,
            "refunded": refunded?.json, "paid_at": .string(paidAt.rfc3339),
            "processor": .string(processor), "remote_id": .string(remoteID),
            "created_at": .string(createdAt.rfc3339),
        ])
    }
}

extension Dispute {
    package var json: JSON {
        .members([
            "id": .string(id.text), "charge_id": .string(chargeID.text),
            "extra_payment_id": extraPaymentID.map { .string($0.text) },
            "state": .string(state.rawValue), "amount": amount.json,
            "remote_id": .string(remoteID), "created_at": .string(createdAt.rfc3339),
        ])
    }
}

extension Reminder {
    package var json: JSON {
        .members([
            "id": .string(id.text), "supporter_id": .string(supporterID.text),
            "kind": .string(kind.rawValue), "state": .string(state.rawValue),
            "reason": reason.map { .string($0) }, "due_at": .string(dueAt.rfc3339),
            "due_on": .string(dueOn.description),
            "every_months": series.map { .integer(Int64($0.everyMonths)) },
            "occurrence": .integer(Int64(occurrence)),
            "confirmed_at": confirmedAt.map { .string($0.rfc3339) },
            "subject_id": .string(subjectID), "created_at": .string(createdAt.rfc3339),
            "version": .integer(version),
        ])
    }
}

extension WebhookEndpoint {
    /// Without the secret, which is shown only when it is created.
    package var json: JSON {
        .members([
            "id": .string(id.text), "state": .string(state.rawValue), "url": .string(url),
            "events": .array(events.map { .string($0.description) }),
            "allow_http": .bool(allowsHTTP), "allow_private": .bool(allowsPrivate),
            "secrets": .integer(Int64(secrets.count)),
            "failing_since": failingSince.map { .string($0.rfc3339) },
            "created_at": .string(createdAt.rfc3339), "version": .integer(version),
        ])
    }
}

extension APIToken {
    /// Without the secret, which is shown only when it is created.
    package var json: JSON {
        .members([
            "id": .string(id.text), "name": .string(name),
            "scopes": .array(
                APIScope.allCases.filter(scopes.contains).map { .string($0.rawValue) }),
            "expires_at": .string(expiresAt.rfc3339),
            "revoked_at": revokedAt.map { .string($0.rfc3339) },
            "last_used_on": lastUsedOn.map { .string($0.description) },
            "created_at": .string(createdAt.rfc3339),
        ])
    }
}

extension StoredDelivery {
    package var json: JSON {
        .members([
            "id": .string(delivery.id.text), "endpoint_id": .string(delivery.endpointID.text),
            "event_id": .string(delivery.eventID.text), "event": .string(eventType),
            "state": .string(delivery.state.rawValue), "replay": .bool(delivery.isReplay),
            "attempts": .integer(Int64(delivery.attempts)),
            "status": lastAttempt?.status.map { .integer(Int64($0)) },
            "error": lastAttempt?.error.map { .string($0) },
            "duration_ms": lastAttempt.map { .integer($0.durationMilliseconds) },
            "last_attempt_at": lastAttempt.map { .string($0.at.rfc3339) },
            "next_attempt_at": delivery.state == .waiting
                ? .string(delivery.nextAttemptAt.rfc3339) : nil,
            "created_at": .string(delivery.createdAt.rfc3339),
        ])
    }
}

extension Newsroom {
    package var json: JSON {
        .members([
            "name": name.map { .string($0) }, "legal_name": legalName.map { .string($0) },
            "postal_address": postalAddress.map { .string($0) },
            "time_zone": .string(timeZone), "profile": .string(profile.rawValue),
        ])
    }
}

extension StoredEvent {
    package var json: JSON {
        .members([
            "id": .string(id), "at": .string(at.rfc3339), "type": .string(type),
            "subject_id": .string(subjectID), "sequence": .integer(sequence),
            "actor": .string(actor), "by": person.map { .string($0) }, "body": .encoded(body),
        ])
    }
}

extension AuditSeal {
    package var json: JSON {
        [
            "position": .integer(position), "head": .string(hexadecimal(head)),
            "sealed_at": .string(at.rfc3339),
        ]
    }
}

extension StoredSuppression {
    package var json: JSON {
        [
            "hash": .string(hexadecimal(emailHash)), "scope": .string(scope.rawValue),
            "reason": .string(reason.rawValue), "created_at": .string(createdAt.rfc3339),
        ]
    }
}

extension StoredRiskPolicy {
    package var json: JSON {
        .members([
            "country": .string(country), "policy": .string(policy.rawValue),
            "refuse_from": refuseFrom.map { .string($0.description) },
            "updated_at": .string(updatedAt.rfc3339),
        ])
    }
}
