package import Pledging
package import Store
import Workflows

extension TestBook {
    /// Returns what is wrong with the book as a whole, which is nothing after every verb: the
    /// doctor finds all checks sound, and each subject has one event for each of its versions, from
    /// 1 on without gaps.
    package func faults() async throws -> [String] {
        let context = try context()
        var faults = try await RunDoctor.run(in: context).filter {
            // What a newsroom has not set up yet is not a fault of the book.
            !$0.isSound && !["newsroom", "risk policy", "attention"].contains($0.name)
        }.map { "\($0.name): \($0.detail)" }

        var sequences: [String: [Int64]] = [:]
        for event in try await events() {
            sequences[event.subjectID, default: []].append(event.sequence)
        }
        let versions = try await versions()
        for (subject, version) in versions {
            let found = sequences[subject, default: []].sorted()
            if found != Array(1...version) {
                faults.append("\(subject) has version \(version) and events \(found)")
            }
        }
        // Only some changes of an endpoint are events, and the book itself has no version.
        let unversioned = [WebhookEndpoint.idPrefix, BookIdentity.idPrefix]
        for subject in sequences.keys
        where versions[subject] == nil && !unversioned.contains(where: subject.hasPrefix) {
            faults.append("\(subject) has events and no row")
        }
        return faults.sorted()
    }

    /// All events, in the order of their ids.
    package func events() async throws -> [StoredEvent] {
        var events: [StoredEvent] = []
        try await BrowseBook.events(type: nil, subjectID: nil, since: nil, in: context()).each {
            events.append($0)
        }
        return events
    }

    /// The types of one subject's events, in the order of its versions.
    package func history(of subjectID: String) async throws -> [String] {
        try await events().filter { $0.subjectID == subjectID }
            .sorted { $0.sequence < $1.sequence }.map(\.type)
    }

    /// What is open, oldest first.
    package func openAttention() async throws -> [Attention] {
        try await attentions().filter { $0.resolution == nil }
    }

    package func attentions() async throws -> [Attention] {
        var attentions: [Attention] = []
        try await BrowseBook.attentions(onlyOpen: false, in: context()).each {
            attentions.append($0)
        }
        return attentions
    }

    package func reminders() async throws -> [Reminder] {
        var reminders: [Reminder] = []
        try await BrowseBook.reminders(state: nil, dueBefore: nil, in: context()).each {
            reminders.append($0)
        }
        return reminders
    }

    package func pledges() async throws -> [Pledge] {
        var pledges: [Pledge] = []
        try await BrowseBook.pledges(state: nil, in: context()).each { pledges.append($0) }
        return pledges
    }

    package func supporters() async throws -> [Supporter] {
        var supporters: [Supporter] = []
        try await BrowseBook.supporters(in: context()).each { supporters.append($0) }
        return supporters
    }

    package func methods() async throws -> [PaymentMethod] {
        var methods: [PaymentMethod] = []
        try await BrowseBook.paymentMethods(in: context()).each { methods.append($0) }
        return methods
    }

    package func charges() async throws -> [Charge] {
        try await book.read { transaction in
            try transaction.charges(state: nil, pledge: nil, after: "", limit: Int(Int32.max))
        }
    }

    /// Every mail row, as kind and state.
    package func mails() async throws -> [String] {
        let supporters = try await supporters().map(\.id)
        return try await book.read { transaction in
            try supporters.flatMap { try transaction.mails(of: $0) }
                .map { "\($0.kind) \($0.state)" }
        }
    }

    private func versions() async throws -> [String: Int64] {
        var versions: [String: Int64] = [:]
        for supporter in try await supporters() { versions[supporter.id.text] = supporter.version }
        for method in try await methods() { versions[method.id.text] = method.version }
        for pledge in try await pledges() { versions[pledge.id.text] = pledge.version }
        for reminder in try await reminders() { versions[reminder.id.text] = reminder.version }
        for charge in try await charges() { versions[charge.id.text] = charge.version }
        for attention in try await attentions() {
            versions[attention.id.text] = attention.version
        }
        return versions
    }
}
