package import Pledging

extension RunBilling {
    /// What a run did, and what it could not do.
    package struct Summary: Hashable, Sendable {
        package var advanced = AdvancePledges.Summary()
        package var reconciled = ReconcileCharges.Summary()
        package var charged = BillingTally()
        package var retried = BillingTally()
        /// Processors that could not be reached; nothing was collected through them.
        package var unreachable: [String] = []
        /// Processors whose payments or messages are still to be read; nothing was collected
        /// through them.
        package var unread: [String] = []
        /// Processors whose brake is closed or that refuse the account, each with the reason;
        /// nothing more was sent through them.
        package var stopped: [String: String] = [:]

        package var json: JSON {
            [
                "advanced": advanced.json, "reconciled": reconciled.json,
                "charged": charged.json, "retried": retried.json,
                "unreachable": .array(unreachable.map { .string($0) }),
                "unread": .array(unread.map { .string($0) }),
                "stopped": .object(
                    stopped.sorted { $0.key < $1.key }.map { name, reason in
                        JSON.Member(name: name, value: .string(reason))
                    }),
            ]
        }

        /// Which processors nothing could be collected through, and what to do, in one line; nil if
        /// all were reached and read, and take charges.
        package var failure: String? {
            var lines: [String] = []
            if !unreachable.isEmpty {
                lines.append(
                    "\(unreachable.joined(separator: ", ")): unreachable, so nothing was charged "
                        + "through it; check its key and the network, then run it again")
            }
            if !unread.isEmpty {
                lines.append(
                    "\(unread.joined(separator: ", ")): its payments or messages could not be "
                        + "read, so nothing was charged through it; give its key the right to read "
                        + "payments and events, then run it again")
            }
            for (name, reason) in stopped.sorted(by: { $0.key < $1.key }) {
                lines.append(
                    "\(name): nothing more is sent (\(reason)); see 'mainstay attention list'")
            }
            return lines.isEmpty ? nil : lines.joined(separator: "; ")
        }

        /// The same, which charges wait for a processor that is not set up in this process, and
        /// which currencies reached the day's ceiling.
        package var complaint: String? {
            var lines = [failure].compactMap { $0 }
            let waiting = charged.notSetUp.merging(retried.notSetUp, uniquingKeysWith: +)
                .sorted { $0.key < $1.key }.map { "\($0.value) charge(s) wait for \($0.key)" }
            if !waiting.isEmpty {
                lines.append(
                    waiting.joined(separator: ", ")
                        + ", which is not set up here; give its key, then run it again")
            }
            let ceilings = charged.ceilings.union(retried.ceilings).sorted()
            if !ceilings.isEmpty {
                lines.append(
                    "\(ceilings.joined(separator: ", ")): the day's ceiling is reached, and the "
                        + "rest is held; if the sum is right, raise billing.daily_max, then run it "
                        + "again")
            }
            return lines.isEmpty ? nil : lines.joined(separator: "; ")
        }
    }
}
