package import Payments
import Pledging
import Store

/// The processors that this installation has been given, by the names that payment methods use.
package struct Processors: Sendable {
    package let all: [any PaymentProcessor]

    package init(_ all: [any PaymentProcessor]) { self.all = all }

    package subscript(_ name: String) -> (any PaymentProcessor)? {
        all.first { $0.name == name }
    }

    /// The one that a caller named. Throws Problem `.invalid` where it is not set up here.
    package func named(_ name: String) throws(Problem) -> any PaymentProcessor {
        if let processor = self[name] { return processor }
        throw Processors.notSetUp(all.map(\.name))
    }

    /// `names` are those that are.
    package static func notSetUp(_ names: [String]) -> Problem {
        Problem(
            .invalid, field: .processor,
            "not set up here; there is \(names.joined(separator: ", "))")
    }

    /// Hands `read` the cursor of each page in turn, nil for the first; it returns the next one's.
    /// A page that does not move on is the last: it would be read for ever.
    static func eachPage(_ read: (String?) async throws -> String?) async throws {
        var cursor: String?
        while let next = try await read(cursor), next != cursor { cursor = next }
    }

    /// Those that can be asked at this moment. Throws Problem `.notPermitted` where one's clock is
    /// not ours: a due date would not be theirs.
    func reachable(in context: Context) async throws -> Processors {
        var reachable: [any PaymentProcessor] = []
        for processor in all {
            do {
                let theirs = try await processor.time()
                let apart = abs(theirs.milliseconds - context.now.milliseconds)
                guard apart <= Processors.clockMaximumSeconds * 1_000 else {
                    throw Problem(
                        .notPermitted,
                        "this machine's clock and that of \(processor.name) are "
                            + "\(apart / 60_000) minutes apart; set the clock, then run it again")
                }
                reachable.append(processor)
            } catch let error as ProcessorUnavailable {
                context.log(
                    .warning, "processor unreachable",
                    ["processor": "\(processor.name)", "reason": "\(error.reason)"])
            }
        }
        return Processors(reachable)
    }

    /// Whether a released copy has still to read what one of them took.
    func awaitReconciliation(in context: Context) async throws -> Bool {
        let known = try await context.book.read { try $0.knownProcessors() }
        return known.contains { $0.reconcileSince != nil && self[$0.name] != nil }
    }

    /// The names of those that are not in `others`.
    func missing(from others: Processors) -> [String] {
        all.map(\.name).filter { others[$0] == nil }
    }

    /// Seconds that our clock may be apart from a processor's.
    private static let clockMaximumSeconds: Int64 = 600
}

extension Change {
    /// Before the first charge through a processor: test and live money never mix in one book.
    func admit(_ processor: any PaymentProcessor) throws {
        let known = try store.knownProcessors()
        if let other = known.first(where: { $0.mode != processor.mode.rawValue }) {
            throw Problem(
                .notPermitted,
                "this book charges through \(other.name) in \(other.mode) mode; "
                    + "\(processor.name) is in \(processor.mode.rawValue) mode, and the two never "
                    + "mix: use another book")
        }
        if known.contains(where: { $0.name == processor.name }) { return }
        try store.insertProcessor(processor.name, mode: processor.mode.rawValue, at: now)
    }
}
