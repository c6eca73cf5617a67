import Pledging
import Store

/// Opens the brake of processors, once a person has looked into the declines that closed it. The
/// calls before are forgotten, so that they do not close it again.
package enum ResumeBilling {
    /// Opens the brake of the named processor, or of all if nil. Returns those whose brake was
    /// closed, by name. Throws Problem `.invalid` for a processor that the book has not used.
    package static func run(
        of processor: String? = nil, in context: Context
    ) async throws -> [String] {
        try await context.change { change in
            let known = try change.store.knownProcessors()
            if let processor, !known.contains(where: { $0.name == processor }) {
                let names = known.map(\.name).joined(separator: ", ")
                throw Problem(
                    .invalid, field: .processor,
                    known.isEmpty
                        ? "the book has charged through none yet"
                        : "the book has charged through: \(names)")
            }
            let closed = known.filter {
                $0.brakeClosedAt != nil && ($0.name == processor ?? $0.name)
            }
            for brake in closed {
                try change.store.setBrake(Brake(), closedAt: nil, of: brake.name)
                try change.attention.resolve(.brakeClosed, brake.name)
            }
            return closed.map(\.name)
        }
    }
}
