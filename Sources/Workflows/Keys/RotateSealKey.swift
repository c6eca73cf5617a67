import Pledging
package import Store

/// Adds a seal key, which seals all new values from then on. What is in the book is sealed again
/// with it, batch by batch, while other processes work. This makes no events and no versions,
/// because the content stays the same.
///
/// If it is killed and run again, it goes on with the key that it had added.
package enum RotateSealKey {
    /// Adds a key to the ring and seals everything with it. If a rotation is unfinished, it is
    /// finished instead, and no key is added; with `onlyResumes`, a key is never added. `progress`
    /// gets how many values were sealed so far. Throws Problem: `.notPermitted` on a held book,
    /// `.conflict` when a value does not open; and what `KeyRingStorage` throws.
    package static func run(
        onlyResumes: Bool = false, ring: KeyRingStorage, in context: Context,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> KeyRotation {
        let book = context.book
        let steps = KeyRotationSteps(
            purpose: .seal, ring: ring, context: context,
            current: { try $0.keysInUse().seal }, use: { try $0.sealUnder($1) },
            isOutdated: { try await isOutdated(book, under: $0) },
            pass: { try await pass(book, under: $0, progress) })
        return try await steps.run(onlyResumes: onlyResumes)
    }

    private static func isOutdated(_ book: Book, under key: UInt16) async throws -> Bool {
        if try await book.read({ try $0.keyCheckStands(notUnder: key) }) { return true }
        for table in SealedTable.allCases {
            var last: Value?
            repeat {
                let page = try await page(book, of: table, under: key, after: last)
                if !page.outdated.isEmpty { return true }
                last = page.last
            } while last != nil
        }
        return false
    }

    private static func pass(
        _ book: Book, under key: UInt16, _ progress: @Sendable (Int) -> Void
    ) async throws -> Int {
        var total = 0
        // The key check first, so that an older copy of the ring is recognised at once.
        if try await book.read({ try $0.keyCheckStands(notUnder: key) }) {
            total += try await KeyRotationSteps.explaining("newsroom") {
                try await book.write { try $0.resealKeyCheck() }
            }
        }
        for table in SealedTable.allCases {
            var last: Value?
            repeat {
                let page = try await page(book, of: table, under: key, after: last)
                if !page.outdated.isEmpty {
                    total += try await KeyRotationSteps.explaining(table.rawValue) {
                        try await book.write { try $0.reseal(page.outdated, in: table) }
                    }
                    progress(total)
                }
                last = page.last
            } while last != nil
        }
        return total
    }

    private static func page(
        _ book: Book, of table: SealedTable, under key: UInt16, after last: Value?
    ) async throws -> OutdatedPage<SealedValue> {
        try await book.read { transaction in
            try transaction.sealedValues(
                notUnder: key, in: table, after: last, limit: KeyRotationSteps.pageSize)
        }
    }
}
