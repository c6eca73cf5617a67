package import Pledging
import Store

/// A further means of payment for a supporter; with a pledge, that pledge pays by it from now on.
package enum AttachPaymentMethod {
    /// What a Problem of it may name.
    package static let fields: Set<Problem.Field> =
        MethodInput.fields.union([.linkedPledge])

    package static func run(
        _ details: MethodInput, to supporterID: ID<Supporter>, paying pledgeID: ID<Pledge>?,
        in context: Context
    ) async throws -> PaymentMethod {
        try await context.answer { change in
            guard let supporter = try change.store.supporter(supporterID), supporter.contact != nil
            else { throw Problem.noSuch("supporter", supporterID.text) }
            let method = try details.checked(today: change.today()).method(
                change.id(), of: supporterID, at: change.now)
            try change.admit(supporter, issuing: method.secret?.issuingCountry)
            try change.methods.attach(method)
            if let pledgeID {
                let pledge = try change.existing(pledgeID)
                guard pledge.supporterID == supporterID else {
                    throw Problem(.invalid, field: .linkedPledge, "is another supporter's")
                }
                try change.pledges.pay(pledge, by: method)
            }
            return method
        }
    }
}
