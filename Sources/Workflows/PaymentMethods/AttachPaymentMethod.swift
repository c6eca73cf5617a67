package import Pledging
import Store

/// Attaches another payment method to a supporter; if a pledge is given, it pays by that method
/// from now on.
package enum AttachPaymentMethod {
    /// The fields that its Problems may name.
    package static let fields: Set<Problem.Field> =
        MethodInput.fields.union([.linkedPledge])

    /// Returns the new method. Throws Problem: `.notFound` for an unknown or erased supporter or an
    /// unknown pledge, `.invalid` for a field that breaks a rule or another supporter's pledge,
    /// `.notPermitted` when the risk policy refuses, `.conflict` when the pledge is over.
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
                    throw Problem(.invalid, field: .linkedPledge, "belongs to another supporter")
                }
                try change.pledges.pay(pledge, by: method)
            }
            return method
        }
    }
}
