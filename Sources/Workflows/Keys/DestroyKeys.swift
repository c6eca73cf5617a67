package import Mail
package import Pledging
package import Store

/// Makes a book unreadable at once, whatever its size: destroys its keys, ends the processes that
/// hold them, and removes mails and temporary files. The book is not opened, so this works in
/// whatever state it is. Totals and ids stay readable.
package enum DestroyKeys {
    /// What is destroyed, emptied and removed.
    package struct Place: Sendable {
        package let ring: KeyRingFile
        package let outbox: OutboxFolder
        package let leftovers: Leftovers

        package init(ring: KeyRingFile, outbox: OutboxFolder, leftovers: Leftovers) {
            self.ring = ring
            self.outbox = outbox
            self.leftovers = leftovers
        }
    }

    /// What became of the processes that hold the keys.
    package struct Stopped: Equatable, Sendable {
        package var count = 0
        /// Process ids of those that still run; 0 for one that this process cannot see.
        package var left: [Int32] = []
        /// Why they could not be searched for.
        package var failure: String?

        package init() {}
    }

    package struct Summary: Sendable {
        package let ring: RingDestruction.Outcome
        package let ringPath: String
        package let stopped: Stopped
        package let mails: Int
        package let temporaryFiles: Int
        /// What failed and why, one line each.
        package let failures: [String]

        /// What became of the ring, for people; nil when `failures` says it.
        package var remark: String? {
            switch ring {
            case .destroyed:
                "The keys are destroyed. Totals and ids: mainstay report supporters "
                    + "--without-personal-data"
            case .destroyedBefore: "The keys were destroyed before."
            case .missing:
                "There is no key ring at \(ringPath): it was destroyed already, or MAINSTAY_KEYS "
                    + "names another path."
            case .incomplete: nil
            }
        }

        /// What was done and what failed.
        package var json: JSON {
            [
                "ring": .string(ring.rawValue),
                "processes_stopped": .integer(Int64(stopped.count)),
                "processes_left": .array(stopped.left.map { .integer(Int64($0)) }),
                "mails_removed": .integer(Int64(mails)),
                "temporary_files_removed": .integer(Int64(temporaryFiles)),
                "failures": .array(failures.map { .string($0) }),
            ]
        }
    }

    /// Does all of it, the ring first, and goes on after failures. `stopping` ends the processes
    /// that hold the keys. It throws nothing: the summary says what failed.
    package static func run(
        _ place: Place, at now: Instant, stopping: () -> Stopped
    ) -> Summary {
        var ring = place.ring.destroy(at: now)
        let stopped = stopping()
        // One of the processes may have written the ring again meanwhile, as a rotation does.
        if ring.outcome == .destroyed || ring.outcome == .destroyedBefore {
            let again = place.ring.destroy(at: now)
            if again.outcome == .incomplete { ring = again }
        }
        let emptied = place.outbox.empty()
        let removed = place.leftovers.remove()

        var failures = ring.failures
        if let failure = stopped.failure { failures.append(failure) }
        if !stopped.left.isEmpty {
            let ids = stopped.left.map { $0 > 0 ? String($0) : "of another container" }
            failures.append(
                "these processes still hold the keys (\(ids.joined(separator: ", "))): end them as "
                    + "their owner, or where they run")
        }
        if let failure = emptied.failure {
            let left = emptied.left > 0 ? ", \(emptied.left) file(s) left" : ""
            failures.append("\(place.outbox.path): \(failure)\(left)")
        }
        failures += removed.failures
        return Summary(
            ring: ring.outcome, ringPath: place.ring.path, stopped: stopped, mails: emptied.removed,
            temporaryFiles: removed.count, failures: failures)
    }

    /// What no program on this machine can destroy.
    package static let outOfReach = [
        "remnants on SSDs, in file-system snapshots and in swap: only destroying the disk, or the "
            + "key of an encrypted disk, is certain",
        "removed mails and temporary files, whose bytes stay on the disk until they are "
            + "overwritten",
        "exported rings, copies of the ring, and backups sealed by a passphrase",
        "reports and lists that were written elsewhere",
        "the mail relay and readers' mailboxes",
        "the payment processor and the bank",
        "webhook receivers",
    ]
}
