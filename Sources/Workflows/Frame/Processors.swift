package import Payments
import Pledging
import Store

/// The processors that are set up here, by the names that payment methods use.
package struct Processors: Sendable {
    package let all: [any PaymentProcessor]

    package init(_ all: [any PaymentProcessor]) { self.all = all }

    package subscript(_ name: String) -> (any PaymentProcessor)? {
        all.first { $0.name == name }
    }

    /// Returns the processor that a caller named. Throws Problem `.invalid` when it is not set up
    /// here.
    package func named(_ name: String) throws(Problem) -> any PaymentProcessor {
        if let processor = self[name] { return processor }
        throw Processors.notSetUp(all.map(\.name))
    }

    /// Makes the Problem for a processor that is not set up. `names` are those that are.
    package static func notSetUp(_ names: [String]) -> Problem {
        Problem(
            .invalid, field: .processor,
            "is not set up here; these are: \(names.joined(separator: ", "))")
    }

    /// Calls `read` with the cursor of each page, nil for the first; it returns the next cursor.
    /// Ends when that is nil, or does not change, because the page would be read for ever.
    static func eachPage(_ read: (String?) async throws -> String?) async throws {
        var cursor: String?
        while let next = try await read(cursor), next != cursor { cursor = next }
    }

    /// Returns the processors that can be reached now. Throws Problem `.notPermitted` when a
    /// processor's clock differs too much from ours, because due dates would differ.
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
                            + "\(apart / 60_000) minutes apart; correct this machine's clock, then "
                            + "run it again")
                }
                reachable.append(processor)
                // A refused charge is another matter: its attention has the code of the refusal.
                try await context.resolve(.keyRefused, processor.name) { $0.detail == nil }
            } catch let error as ProcessorUnavailable {
                if error.needsOperator {
                    try await context.change {
                        try $0.attention.raise(.keyRefused, processor.name)
                    }
                }
                context.log(
                    .warning, "processor unreachable",
                    ["processor": "\(processor.name)", "reason": "\(error.reason)"])
            }
        }
        return Processors(reachable)
    }

    /// Whether the processor of a charge's last attempt is one of these: another may know of a
    /// payment. A charge without an attempt has none.
    func knowAll(of charge: Charge) -> Bool {
        charge.processor.map { self[$0] != nil } ?? true
    }

    /// Returns those that are not named.
    func without(_ names: [String]) -> Processors {
        Processors(all.filter { !names.contains($0.name) })
    }

    /// Returns the names of the processors that are not in `others`.
    func missing(from others: Processors) -> [String] {
        all.map(\.name).filter { others[$0] == nil }
    }

    /// Seconds by which a processor's clock may differ from ours.
    private static let clockMaximumSeconds: Int64 = 600
}

extension Change {
    /// Registers a processor before the first charge through it. Throws Problem `.notPermitted`
    /// when the book charges in the other mode: test and live money never mix in one book.
    func admit(_ processor: any PaymentProcessor) throws {
        let known = try store.knownProcessors()
        if let other = known.first(where: { $0.mode != processor.mode.rawValue }) {
            throw Problem(
                .notPermitted,
                "this book charges through \(other.name) in \(other.mode) mode; "
                    + "\(processor.name) is in \(processor.mode.rawValue) mode, and one book "
                    + "never mixes the two: use another book")
        }
        if known.contains(where: { $0.name == processor.name }) { return }
        try store.insertProcessor(processor.name, mode: processor.mode.rawValue, at: now)
    }
}
