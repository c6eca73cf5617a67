import Payments
package import Pledging
import Store

/// Compares the book with every processor's, once a night: payments, refunds and payouts. What
/// differs is an attention until a later comparison finds none.
package enum CompareBooks {
    package struct Summary: Sendable {
        package var compared = 0
        package var repaired = 0
        package var differences = 0
        package var payouts = 0
        /// Payouts that are not the sum of what they were made of.
        package var payoutsDiffering = 0
        /// Processors that could not be asked, and why.
        package var unreachable: [String: String] = [:]

        package var json: JSON {
            [
                "compared": .integer(Int64(compared)), "repaired": .integer(Int64(repaired)),
                "differences": .integer(Int64(differences)),
                "payouts": .integer(Int64(payouts)),
                "payouts_differing": .integer(Int64(payoutsDiffering)),
                "unreachable": .object(
                    unreachable.sorted { $0.key < $1.key }.map {
                        JSON.Member(name: $0.key, value: .string($0.value))
                    }),
            ]
        }

        /// What was left undone; nil if nothing was.
        package var failure: String? {
            guard !unreachable.isEmpty else { return nil }
            let names = unreachable.keys.sorted().joined(separator: ", ")
            return "\(names) could not be asked, so the books were not compared; they are "
                + "compared in a later run"
        }
    }

    /// Throws Problem `.notPermitted` on a held book.
    package static func run(
        through processors: Processors, in context: Context
    ) async throws -> Summary {
        var summary = Summary()
        for processor in processors.all {
            do {
                let report = try await ReconcileProcessor.run(processor, in: context)
                summary.compared += report.compared
                summary.repaired += report.repaired
                summary.differences += report.differences.count
                summary.payouts += report.payouts
                summary.payoutsDiffering += report.wrongPayouts.count
            } catch let error as ProcessorUnavailable {
                summary.unreachable[processor.name] = error.reason
            }
        }
        context.log(.info, "books compared", summary.json)
        return summary
    }
}
