package import Pledging
import Store

/// A supporter with their pledges, payment methods, reminders and charges.
package struct SupporterRecord: Sendable {
    package let supporter: Supporter
    package let pledges: [Pledge]
    package let methods: [PaymentMethod]
    package let reminders: [Reminder]
    package let charges: [Charge]

    package var json: JSON {
        supporter.json.adding([
            "pledges": .array(pledges.map(\.json)), "payment_methods": .array(methods.map(\.json)),
            "reminders": .array(reminders.map(\.json)), "charges": .array(charges.map(\.json)),
        ])
    }
}

extension Moment {
    func record(of supporter: Supporter) throws -> SupporterRecord {
        SupporterRecord(
            supporter: supporter, pledges: try store.pledges(of: supporter.id),
            methods: try store.paymentMethods(of: supporter.id),
            reminders: try store.reminders(of: supporter.id),
            charges: try store.charges(of: supporter.id))
    }
}
