import Payments
import Pledging
import Store

/// Has processors forget the tokens of erased people, and the customers made for them. Part of `run
/// reconcile`; retried until it is done.
enum ForgetTokens {
    /// Returns how many tokens were forgotten.
    static func run(through processors: Processors, in context: Context) async throws -> Int {
        var forgotten = 0
        while true {
            let waiting = try await context.change { change in
                try change.store.claimRemovals(
                    at: change.now, leasedUntil: change.now.adding(hours: retryHours),
                    limit: batchSize)
            }
            guard !waiting.isEmpty else { return forgotten }
            let shared = try await sharedNames(of: waiting, in: context)
            for removal in waiting
            where try await forget(removal.leaving(shared), processors, context) {
                forgotten += 1
            }
        }
    }

    /// Returns the tokens and customers among these that somebody else still pays with; several
    /// people may pay with one card. Tokens are sealed, so every live method of these processors is
    /// opened once.
    private static func sharedNames(
        of waiting: [WaitingRemoval], in context: Context
    ) async throws -> Set<[String]> {
        let wanted = Set(waiting.flatMap(\.names))
        var shared: Set<[String]> = []
        for processor in Set(waiting.map(\.processor)) {
            var last: String? = ""
            while let after = last {
                let page = try await context.book.read {
                    try $0.liveMethods(at: processor, after: after, limit: pageSize)
                }
                for method in page {
                    guard let secret = method.secret else { continue }
                    shared.formUnion(
                        WaitingRemoval.names(processor, secret.token, secret.customer).filter(
                            wanted.contains))
                }
                last = page.count == pageSize ? page.last?.id.text : nil
            }
        }
        return shared
    }

    private static func forget(
        _ removal: WaitingRemoval, _ processors: Processors, _ context: Context
    ) async throws -> Bool {
        guard !removal.token.isEmpty else {
            try await context.change { try $0.store.deleteRemoval(removal.id) }
            return false
        }
        // It waits while its processor is not set up here.
        guard let processor = processors[removal.processor] else { return false }
        do throws(ProcessorUnavailable) {
            try await processor.forget(token: removal.token, customer: removal.customer)
        } catch {
            context.log(
                .notice, "a processor did not delete a token",
                ["processor": "\(removal.processor)", "reason": "\(error.reason)"])
            let next = context.now.adding(hours: removal.attempts == 0 ? retryHours : dayHours)
            try await context.change { try $0.store.postponeRemoval(removal.id, until: next) }
            return false
        }
        try await context.change { try $0.store.deleteRemoval(removal.id) }
        return true
    }

    private static let batchSize = 50
    /// Methods per read, which takes some milliseconds.
    private static let pageSize = 1_000
    private static let retryHours: Int64 = 1
    private static let dayHours: Int64 = 24
}
