package import Pledging
import Store

/// Exports all that is stored about one person (GDPR art. 15): the supporter's own data, pledges,
/// methods, reminders, charges with their refunds, mails and suppressions, and every event about
/// any of them.
package enum ExportSupporter {
    /// Returns one JSON object. Throws Problem `.notFound` for an unknown supporter.
    package static func run(_ id: ID<Supporter>, in context: Context) async throws -> JSON {
        try await context.look { look in
            let supporter = try look.existing(id)
            let record = try look.record(of: supporter)
            let suppressions = try supporter.contact.map {
                try look.store.suppressions(of: $0.email)
            }
            let lastMail = try supporter.contact.flatMap {
                try look.store.lastSupportMail(to: $0.email)
            }
            let methods = record.methods.map { method in
                // A person may see their own token; no list shows it.
                method.json.adding([
                    "token": method.secret.map { .string($0.token) },
                    "processor_customer": method.secret?.customer.map { .string($0) },
                    "mandate": method.secret?.mandate.map { .string($0) },
                ])
            }
            let reminders = record.reminders.map { reminder in
                reminder.json.adding([
                    "consent_at": reminder.consent.map { .string($0.at.rfc3339) },
                    "consent_door": reminder.consent.map { .string($0.door) },
                    "consent_wording": reminder.consent.map { .string($0.wording) },
                ])
            }
            var events: [JSON] = []
            for subject in record.subjectIDs {
                events += try look.store.events(
                    type: nil, subjectID: subject, since: Instant(milliseconds: 0), after: "",
                    limit: eventMaximum
                ).map { .encoded($0.body) }
            }
            return supporter.json.adding([
                "pledges": .array(record.pledges.map(\.json)),
                "payment_methods": .array(methods), "reminders": .array(reminders),
                "charges": .array(try record.charges.map { try look.record(of: $0).json }),
                "mails": .array(try look.store.mails(of: id).map(\.json)),
                "suppressions": suppressions.map { .array($0.map(\.withoutHash)) },
                "last_support_mail_at": lastMail.map { .string($0.rfc3339) },
                "events": .array(events),
            ])
        }
    }

    /// Events per subject: more than any subject of one person ever has.
    private static let eventMaximum = 10_000
}

extension SupporterRecord {
    fileprivate var subjectIDs: [String] {
        [supporter.id.text] + pledges.map(\.id.text) + methods.map(\.id.text)
            + reminders.map(\.id.text) + charges.map(\.id.text)
    }
}

extension StoredMail {
    fileprivate var json: JSON {
        .members([
            "id": .string(id), "kind": .string(kind), "state": .string(state),
            "created_at": .string(createdAt.rfc3339),
            "sent_at": sentAt.map { .string($0.rfc3339) },
        ])
    }
}

extension StoredSuppression {
    fileprivate var withoutHash: JSON {
        [
            "scope": .string(scope.rawValue), "reason": .string(reason.rawValue),
            "created_at": .string(createdAt.rfc3339),
        ]
    }
}
