package import Pledging
import Store

/// The result of a key's rotation.
package struct KeyRotation: Hashable, Sendable {
    /// The key that everything uses now.
    package let key: UInt16
    /// How many values were sealed, or addresses hashed, under it by this run.
    package var changed = 0
    /// It finished a rotation that had been cut off, and added no key.
    package let wasUnfinished: Bool
    /// No file of the book has values under former keys any more. False while another process still
    /// reads an older state; the last process that closes the book then finishes the work.
    package var isPurged = false
    fileprivate let purpose: KeyEntry.Purpose

    package var json: JSON {
        [
            "key": .integer(Int64(key)),
            (purpose == .hash ? "rehashed" : "resealed"): .integer(Int64(changed)),
        ]
    }
}

/// The steps that rotations have in common. Each is durable before the next begins, and does
/// nothing if it was done before. So a killed rotation can be resumed.
struct KeyRotationSteps: Sendable {
    let purpose: KeyEntry.Purpose
    let ring: KeyRingStorage
    let context: Context
    /// Returns the key that the book uses.
    let current: @Sendable (Transaction) throws -> UInt16
    /// Makes every process use this key.
    let use: @Sendable (Transaction, UInt16) throws -> Void
    /// Returns whether anything uses another key.
    let isOutdated: @Sendable (UInt16) async throws -> Bool
    /// Goes through the book once and moves values to this key. Returns how many.
    let pass: @Sendable (UInt16) async throws -> Int

    /// Rotates the key. With `onlyResumes`, no key is added; an unfinished rotation, if there is
    /// one, is finished.
    func run(onlyResumes: Bool) async throws -> KeyRotation {
        try await context.refuseWhileHeld()
        // 1. The key is in the ring's file before the book names it.
        let (key, wasUnfinished) = try await chosenKey(onlyResumes: onlyResumes)
        // 2. From here on every process uses it.
        let use = use
        try await context.book.write { try use($0, key) }
        // 3. Values under other keys are moved, until there are none.
        var rotation = KeyRotation(key: key, wasUnfinished: wasUnfinished, purpose: purpose)
        while true {
            let count = try await pass(key)
            rotation.changed += count
            if count == 0 { break }
        }
        // 4. The former values are removed from the files, too.
        rotation.isPurged = try await context.book.driver.purgeLog()
        return rotation
    }

    private func chosenKey(
        onlyResumes: Bool
    ) async throws -> (key: UInt16, wasUnfinished: Bool) {
        let current = current
        let used = try await context.book.read { try current($0) }
        let newest = try ring.open().entries.filter { $0.purpose == purpose }.map(\.id).max()
        if let newest, newest > used { return (newest, true) }
        if try await isOutdated(used) { return (used, true) }
        if onlyResumes { return (used, false) }
        // If another process has added a key meanwhile, that one is used.
        let added = try ring.key(purpose, newerThan: used, at: context.now)
        return (added.id, !added.isNew)
    }

    /// Runs `body` and throws Problem `.conflict` for a SealError: a value that does not open stops
    /// a rotation, which can be resumed when that is mended.
    static func explaining<Answer>(
        _ place: String, _ body: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body()
        } catch let error as SealError {
            throw Problem(
                .conflict,
                "\(error), in \(place): see 'mainstay doctor', then continue with 'mainstay keys "
                    + "rotate --resume'")
        }
    }

    /// Rows per read, and at most as many written per transaction: some milliseconds each, so that
    /// other writers hardly wait.
    static let pageSize = 200
}
