import Payments
import Pledging
import Store
import TestSupport
import Testing
import Workflows

// What tests of moving to another processor say again and again.

extension TestBook {
    struct Migrated {
        let summary: MigratePaymentMethods.Summary
        let bad: [BadRow]
    }

    /// Moves from "sandbox" to "other" by these rows, a list with commas each.
    @discardableResult
    func migrate(
        _ rows: String..., columns: String = "old_token,new_token", from: String = "sandbox",
        to: String = "other", isDryRun: Bool = false, asksOthers: Bool = false,
        mailsPerDay: Int = 2_000
    ) async throws -> Migrated {
        let text = ([columns] + rows).joined(separator: "\n")
        return try await migrate(
            pieces: [Array(text.utf8)],
            .init(
                from: from, to: to, isDryRun: isDryRun, asksOthers: asksOthers,
                mailsPerDay: mailsPerDay))
    }

    /// Throws Unreadable after the last piece when the map does not end with it.
    func migrate(
        pieces: [[UInt8]], _ options: MigratePaymentMethods.Options, isWhole: Bool = true
    ) async throws -> Migrated {
        var left = pieces[...]
        var bad: [BadRow] = []
        let summary = try await MigratePaymentMethods.run(
            options, in: context(),
            reading: {
                if let piece = left.popFirst() { return piece }
                guard isWhole else { throw Unreadable() }
                return []
            }, reporting: { bad.append($0) })
        return Migrated(summary: summary, bad: bad)
    }

    /// The processor to which the tests move; it answers every order so.
    func otherProcessor(_ reply: ScriptedProcessor.Reply = .succeed) -> ScriptedProcessor {
        ScriptedProcessor(name: "other", clock: { self.now }, answering: { _ in reply })
    }

    /// One billing run through both.
    @discardableResult
    func bill(
        through former: ScriptedProcessor, and other: ScriptedProcessor
    ) async throws -> RunBilling.Summary {
        try await RunBilling.run(through: Processors([former, other]), in: context())
    }

    /// The methods in this state, in the order of their ids.
    func methods(in state: PaymentMethodState) async throws -> [PaymentMethod] {
        try await methods().filter { $0.state == state }
    }

    /// When mails that ask for another method leave, in that order.
    func timesOfAsking() async throws -> [String] {
        try await rows(
            """
            SELECT next_attempt_at FROM mail_messages WHERE kind = 'methodNeeded'
            ORDER BY next_attempt_at, id
            """
        ).map { Instant(milliseconds: try $0.integer(0)).rfc3339 }
    }
}

/// A file that breaks off.
struct Unreadable: Error {}
