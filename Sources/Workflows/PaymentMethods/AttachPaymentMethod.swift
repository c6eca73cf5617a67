package import Pledging
import Store

/// A further means of payment for a supporter; with a pledge, that pledge pays by it from now on.
package enum AttachPaymentMethod {
    package static func run(
        _ details: MethodInput, to supporterID: ID<Supporter>, paying pledgeID: ID<Pledge>?,
        in context: Context
    ) async throws -> PaymentMethod {
        let now = context.now
        return try await context.book.write { transaction in
            guard let supporter = try transaction.supporter(supporterID), supporter.contact != nil
            else { throw Problem.noSuch("supporter", supporterID.text) }
            let method = try details.checked(today: transaction.today(at: now)).method(
                context.id(at: now), of: supporterID, at: now)
            try transaction.admit(
                supporter, issuing: method.secret?.issuingCountry, at: now)
            try transaction.insert(method)
            try transaction.append([try context.event(.paymentMethodAttached, method, at: now)])
            if let pledgeID {
                let pledge = try transaction.existingPledge(pledgeID)
                guard pledge.supporterID == supporterID else {
                    throw Problem(.invalid, field: "pledge", "is another supporter's")
                }
                try transaction.collect(pledge, by: method, in: context, at: now)
            }
            return method
        }
    }
}

extension Transaction {
    /// From now on this pledge pays by that method. A charge that was declined is tried again at
    /// once, with the next billing run, or, where it is the same card by another token, on the day
    /// on which it would have been; one that waits for the reader is called off and then tried; one
    /// that is in doubt is left alone.
    func collect(
        _ pledge: Pledge, by method: PaymentMethod, isSameCard: Bool = false, in context: Context,
        at now: Instant
    ) throws {
        guard !pledge.state.isFinal else {
            throw Problem(
                .conflict,
                "the pledge is over (\(pledge.state.rawValue)); giving again is a new pledge")
        }
        var changed = pledge
        changed.paymentMethodID = method.id
        changed.needsNotice = try needsNotice(changed, by: method.kind)
        changed.version += 1
        try update(changed, at: now)
        try append([try context.event(.pledgeChanged, changed, from: pledge.state, at: now)])
        guard let charge = try openCharge(of: pledge.id) else { return }
        switch charge.state {
        case .declined where isSameCard: break
        case .declined, .actionRequired: try schedule(charge.id, next: now)
        case .submitted, .pending, .unknown, .held, .succeeded, .skipped, .cancelled, .closed:
            break
        }
    }
}
