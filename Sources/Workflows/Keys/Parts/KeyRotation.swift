package import Pledging
import Store

/// What a rotation of a key did.
package struct KeyRotation: Hashable, Sendable {
    /// The key that everything stands under now.
    package let key: UInt16
    /// How many values were sealed, or addresses hashed, under it by this run.
    package var changed = 0
    /// It went on with one that had been cut off, and added no key.
    package let wasUnfinished: Bool
    /// No file of the book holds what stood under former keys. False while another process still
    /// reads an older state of it: the last one to close the book finishes the work.
    package var isPurged = false
    fileprivate let purpose: KeyEntry.Purpose

    package var json: JSON {
        [
            "key": .integer(Int64(key)),
            (purpose == .hash ? "rehashed" : "resealed"): .integer(Int64(changed)),
        ]
    }
}

/// The steps that rotations have in common; each is durable before the next begins, and does
/// nothing where it was done before. So a rotation that was killed anywhere is gone on with.
struct KeyRotationSteps: Sendable {
    let purpose: KeyEntry.Purpose
    let ring: KeyRingStorage
    let context: Context
    /// Which key the book says is used.
    let current: @Sendable (Transaction) throws -> UInt16
    /// Makes it this one for every process.
    let use: @Sendable (Transaction, UInt16) throws -> Void
    /// Whether anything stands under another key.
    let isOutdated: @Sendable (UInt16) async throws -> Bool
    /// Goes through the book once and brings what it finds under the key; returns how much.
    let pass: @Sendable (UInt16) async throws -> Int

    /// With `onlyResumes`, no key is added: what is unfinished is finished, if anything is.
    func run(onlyResumes: Bool) async throws -> KeyRotation {
        try await context.refuseWhileHeld()
        // 1. The key stands in the ring's file before the book names it.
        let (key, wasUnfinished) = try await chosenKey(onlyResumes: onlyResumes)
        // 2. From here on every process uses it.
        let use = use
        try await context.book.write { try use($0, key) }
        // 3. What stands under other keys follows, until nothing does.
        var rotation = KeyRotation(key: key, wasUnfinished: wasUnfinished, purpose: purpose)
        while true {
            let count = try await pass(key)
            rotation.changed += count
            if count == 0 { break }
        }
        // 4. The former values are gone from the files, too.
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
        // Another process may have added one meanwhile: that one will do.
        let added = try ring.key(purpose, newerThan: used, at: context.now)
        return (added.id, !added.isNew)
    }

    /// A value that does not open stops a rotation; whoever sees to it can go on.
    static func explaining<Answer>(
        _ place: String, _ body: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body()
        } catch let error as SealError {
            throw Problem(
                .conflict,
                "\(error), in \(place): see 'mainstay doctor'; then 'mainstay keys rotate "
                    + "--resume' goes on")
        }
    }

    /// Rows to a read, and at most as many written in one transaction: some milliseconds each, so
    /// that other writers hardly wait.
    static let pageSize = 200
}
