package import Pledging

/// A reader whose charge failed gave again, and wants to keep both pledges: the failed charge is
/// tried in the next billing run. The link is in a mail to them.
package enum KeepBothPledges {
    /// Returns false, and does nothing, if the question is not open: nobody was asked, or it is too
    /// late. Throws Problem `.notFound` when the link is unknown or the pledge is not theirs.
    package static func run(
        _ id: ID<Pledge>, by link: String, in context: Context
    ) async throws -> Bool {
        try await OpenLink.run(link, in: context).requireOwn(id)
        return try await context.actingForReader.change { change in
            try change.charges.keepBoth(of: id)
        }
    }
}
