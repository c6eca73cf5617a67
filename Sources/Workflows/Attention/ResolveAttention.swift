package import Pledging
import Store

/// A person has dealt with what an attention was about.
package enum ResolveAttention {
    /// Throws Problem `.notFound`, or `.conflict` for one that is only resolved when its cause is
    /// gone. Resolving twice changes nothing.
    package static func run(
        _ id: ID<Attention>, in context: Context
    ) async throws -> Attention {
        try await context.answer { change in
            let attention = try change.existing(id)
            guard attention.resolution == nil else { return attention }
            guard !attention.kind.isChecked else {
                throw Problem(
                    .conflict,
                    "this is resolved by itself when its cause is gone: "
                        + attention.cure)
            }
            try change.attention.resolve(attention)
            return try change.existing(id)
        }
    }
}
