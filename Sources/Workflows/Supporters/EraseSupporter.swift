package import Pledging
import Store

/// A person is forgotten: name, address, tokens, mails and free texts go; ids, amounts and states
/// stay for the accounts. Live pledges end with it.
package enum EraseSupporter {
    package struct Answer: Sendable {
        package let supporter: Supporter
        /// No file of the book holds what was erased. False while another process still reads an
        /// older state of it: the last one to close the book finishes the work.
        package let isPurged: Bool
    }

    package static func run(
        _ id: ID<Supporter>, by party: Cancellation.Party, in context: Context
    ) async throws -> Answer {
        // An erasure counts as a run: on an older copy it passes for one that it has seen.
        try await context.refuseWhileHeld()
        let erased = try await context.change { change in
            try change.supporters.forget(change.existing(id), by: party)
        }
        context.log(.info, "supporter erased", ["supporter": "\(id)"])
        return Answer(
            supporter: erased, isPurged: try await context.book.driver.purgeLog())
    }
}
