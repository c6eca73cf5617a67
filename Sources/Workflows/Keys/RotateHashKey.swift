import Pledging
package import Store

/// Adds a hash key. The addresses of people in the book, and what is filed against them, are hashed
/// again with it, batch by batch. Hashes whose source is gone (of addresses that nobody in the book
/// has, of imported rows, links and idempotency keys, and proofs of redactions) keep their keys,
/// and every look-up tries all keys.
///
/// If it is killed and run again, it goes on with the key that it had added.
package enum RotateHashKey {
    /// As `RotateSealKey.run`; `progress` gets how many addresses were hashed so far.
    package static func run(
        onlyResumes: Bool = false, ring: KeyRingStorage, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> KeyRotation {
        let book = context.book
        let steps = KeyRotationSteps(
            purpose: .hash, ring: ring, context: context,
            current: { try $0.keysInUse().hash }, use: { try $0.hashUnder($1) },
            isOutdated: { try await isOutdated(book, under: $0) },
            pass: { try await pass(book, under: $0, progress) })
        return try await steps.run(onlyResumes: onlyResumes)
    }

    private static func isOutdated(_ book: Book, under key: UInt16) async throws -> Bool {
        var last: Value?
        repeat {
            let page = try await page(book, under: key, after: last)
            if !page.outdated.isEmpty { return true }
            last = page.last
        } while last != nil
        return false
    }

    private static func pass(
        _ book: Book, under key: UInt16, _ progress: @Sendable (Int) -> Void
    ) async throws -> Int {
        var total = 0
        var last: Value?
        repeat {
            let page = try await page(book, under: key, after: last)
            if !page.outdated.isEmpty {
                total += try await KeyRotationSteps.explaining("supporters") {
                    try await book.write { try $0.rehash(page.outdated) }
                }
                progress(total)
            }
            last = page.last
        } while last != nil
        return total
    }

    private static func page(
        _ book: Book, under key: UInt16, after last: Value?
    ) async throws -> OutdatedPage<String> {
        try await book.read { transaction in
            try transaction.hashedPeople(
                notUnder: key, after: last, limit: KeyRotationSteps.pageSize)
        }
    }
}
