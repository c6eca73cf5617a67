package import Pledging
import Store

/// Erases a person: name, address, tokens, mails and free texts are deleted; ids, amounts and
/// states stay for the accounts. Live pledges are cancelled.
package enum EraseSupporter {
    package struct Answer: Sendable {
        package let supporter: Supporter
        /// No file of the book has the erased data any more. False while another process still
        /// reads an older state; the last process that closes the book then finishes the work.
        package let isPurged: Bool
    }

    /// Returns the erased supporter. Throws Problem: `.notFound` for an unknown one,
    /// `.notPermitted` on a held book.
    package static func run(
        _ id: ID<Supporter>, by party: Cancellation.Party, in context: Context
    ) async throws -> Answer {
        // An erasure counts as a run, so on an older copy it could hide that the copy has seen
        // fewer.
        try await context.refuseWhileHeld()
        let erased = try await context.change { change in
            try change.supporters.forget(change.existing(id), by: party)
        }
        context.log(.info, "supporter erased", ["supporter": "\(id)"])
        return Answer(
            supporter: erased, isPurged: try await context.book.driver.purgeLog())
    }
}
